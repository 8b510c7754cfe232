import { expect, test } from 'vitest'
import { LeaseOverError } from '../../src/contracts/errors.ts'
import type { CommitRequest } from '../../src/contracts/journal.ts'
import { assertSafe, runToEnd } from './actors.ts'
import { type Around, makeRig, type Rig } from './harness.ts'

const leaseMs = 2_000

/** The answer of the commit that carries open writes comes late; the lease is renewed meanwhile. */
function answerLate(rig: Rig): Around {
  return async (call, run, args) => {
    const answer = await run()
    const request = call === 'journal.commit' ? (args[1] as CommitRequest) : undefined
    const open = request?.record.rotation?.intents ?? request?.record.afterCare?.intents ?? []
    if (open.some(({ effect }) => effect.kind === 'write')) await rig.clock.sleep(leaseMs * 1.5)
    return answer
  }
}

test('a write of a rotation is not sent under a later lease than its intent names', async () => {
  const rig = makeRig({ leaseMs })
  await expect(rig.rotate({}, rig.process(answerLate(rig)))).rejects.toThrow(LeaseOverError)
  expect(rig.secrets.calls.write).toBeUndefined()
  await runToEnd(rig)
  assertSafe(rig)
})

test('a write of after-care is not sent under a later lease than its intent names', async () => {
  const rig = makeRig({ leaseMs })
  const before = rig.secrets.contentOf('app-0')
  await rig.rotate()
  rig.secrets.foreignWrite('app-0', before)
  const writes = rig.secrets.calls.write
  await expect(rig.run({}, rig.process(answerLate(rig)))).rejects.toThrow(LeaseOverError)
  expect(rig.secrets.calls.write).toBe(writes)
  // The next one waits until the write could no longer happen, and puts the target right.
  rig.pass(leaseMs * 2)
  await rig.run()
  expect(rig.held()[0]).toBe((await rig.record()).current?.fingerprint)
  assertSafe(rig)
})
