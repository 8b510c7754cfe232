/* How long nothing may move before a person is called. */
import { expect, test } from 'vitest'
import type { Rotation } from '../../src/contracts/record.ts'
import { reasons } from '../../src/workflow/words/reasons.ts'
import { isStuck } from '../../src/workflow/words/turn.ts'

const DAY_MS = 86_400_000

/** Of a rotation that has not moved for this long and was held for this reason. */
function stuckAfter(ms: number, reason?: string): boolean {
  const hold = reason === undefined ? {} : { hold: { reason, detail: '', since: 0 } }
  const rotation = { progressAt: 0, pin: { policy: { giveUpMs: DAY_MS } }, ...hold } as unknown as Rotation
  return isStuck({ rotation, now: ms })
}

test('what fails for as long as the policy allows is stuck', () => {
  expect(stuckAfter(DAY_MS - 1, reasons.targetDown)).toBe(false)
  expect(stuckAfter(DAY_MS, reasons.targetDown)).toBe(true)
  expect(stuckAfter(DAY_MS)).toBe(true)
})

test.each([reasons.overlap, reasons.operatorCreate, reasons.operatorRevoke, reasons.settling])(
  'the first failure after a wait as planned (%s) is not, however long that was',
  (reason) => expect(stuckAfter(30 * DAY_MS, reason)).toBe(false),
)
