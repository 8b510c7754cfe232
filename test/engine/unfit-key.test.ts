import { expect, test } from 'vitest'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { assertSafe } from './actors.ts'
import { makeRig } from './harness.ts'

/** The second of two targets is in a format that cannot carry the issuer's keys. */
function refuseInSecond(store: SecretStore): SecretStore {
  return {
    ...store,
    explainUnfit: ({ secret }) => (secret === 'app-1' ? 'KEY would have a value with a backslash' : null),
  }
}

test('a target cannot hold the new key: it is revoked at once and no target is written', async () => {
  const rig = makeRig({ targets: 2, settleMs: 60, wrapStore: refuseInSecond })
  const before = rig.held()
  const since = rig.now()
  const { end, record } = await rig.rotate()
  expect(end).toBe('ended')
  expect(record?.last).toMatchObject({
    end: 'rolled-back',
    why: 'store/app-1#KEY cannot hold it: KEY would have a value with a backslash',
  })
  expect(rig.secrets.calls.write).toBeUndefined()
  expect(rig.held()).toEqual(before)
  expect(rig.space.calls.issue).toBe(1)
  expect(rig.live()).toHaveLength(1)
  // Said before the settle time of the new key, not after it.
  expect(rig.now() - since).toBeLessThan(60)
  expect(rig.events.find((event) => event.kind === 'target-cannot-hold-key')).toMatchObject({
    level: 'alarm',
  })
  assertSafe(rig)
})
