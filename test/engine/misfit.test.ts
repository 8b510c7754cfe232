import { expect, test } from 'vitest'
import { ProviderError } from '../../src/contracts/errors.ts'
import type { ApiIssuer, KeyIssuer, KeyRef } from '../../src/contracts/key-issuer.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertLive, assertSafe, runToEnd } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

/* A creation whose answer does not fit the config: the key exists, and a repeat would make another one in vain. */

const message = 'create.parts.value finds nothing in the answer'

/** Each creation makes a key and throws, until `isMended`; `named`: the answer told its id. */
function misfitting(about: { named: boolean; isMended: () => boolean; readBack?: boolean }) {
  const misfit = (effect: 'none' | 'unknown', made?: KeyRef) =>
    new ProviderError({ code: 'invalid', provider: 'issuer', message, effect, nextStep: 'Correct it.', made })
  return (_space: unknown, api: KeyIssuer): KeyIssuer => {
    if (api.lifecycle === 'operator') return api
    const { readBack } = api
    return {
      ...api,
      issue: async (request, call) => {
        const made = await api.issue(request, call)
        if (about.isMended()) return made
        throw misfit('unknown', about.named ? made.ref : undefined)
      },
      ...(readBack ? { readBack: onceMended(readBack.bind(api), about.isMended, () => misfit('none')) } : {}),
    }
  }
}

function onceMended(
  readBack: NonNullable<ApiIssuer['readBack']>,
  isMended: () => boolean,
  misfit: () => Error,
): NonNullable<ApiIssuer['readBack']> {
  let calls = 0
  return async (call) => {
    calls += 1
    // The look before the creation is answered: the misfit is in what the creation returns.
    if (calls > 2 && !isMended()) throw misfit()
    return readBack(call)
  }
}

const saying = (what: string) => ({
  change: (record: Parameters<typeof confirm>[0], now: number) => {
    confirm(record, what, now)
    return []
  },
})

async function hold(rig: Rig) {
  return (await rig.rotation()).hold
}

test.each([
  { named: true, from: 'the id in the answer' },
  { named: false, from: 'its mark in the list' },
])('one key is made and revoked by $from; then it blocks with the reason', async ({ named }) => {
  let isMended = false
  const rig = makeRig({ makeIssuer: misfitting({ named, isMended: () => isMended }) })
  expect((await rig.rotate()).end).toBe('standing')
  const held = await hold(rig)
  expect(held).toMatchObject({ reason: 'answer-does-not-fit', needs: 'another-attempt' })
  expect(held?.detail).toContain(message)
  expect(rig.space.calls).toMatchObject({ issue: 1, revoke: 1 })
  expect(rig.live()).toHaveLength(1)
  await rig.run()
  expect(rig.space.calls.issue, 'a look repeats nothing').toBe(1)
  isMended = true
  await rig.run(saying('another-attempt'))
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('an issuer that repeats its answer is not asked for the same misfit again', async () => {
  const rig = makeRig({
    issuer: { onLostAnswer: 'repeat' },
    makeIssuer: misfitting({ named: false, isMended: () => false }),
  })
  expect((await rig.rotate()).end).toBe('standing')
  expect(rig.space.calls.issue).toBe(1)
})

test('slots: one place is regenerated once, then it blocks', async () => {
  const rig = makeRig({
    issuer: { lifecycle: 'slots' },
    makeIssuer: misfitting({ named: false, isMended: () => false }),
  })
  expect((await rig.rotate()).end).toBe('standing')
  expect((await hold(rig))?.reason).toBe('answer-does-not-fit')
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig)
})

test('roll: it is not rolled again; once the config is corrected the value is read back', async () => {
  let isMended = false
  const rig = makeRig({
    issuer: { lifecycle: 'roll' },
    makeIssuer: misfitting({ named: false, isMended: () => isMended }),
  })
  expect((await rig.rotate()).end).toBe('standing')
  expect((await hold(rig))?.detail).toContain(message)
  expect(rig.space.calls.issue).toBe(1)
  assertLive(rig)
  isMended = true
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.space.calls.issue).toBe(1)
})
