import { expect, test } from 'vitest'
import type { TargetLedger } from '../../src/contracts/record.ts'
import { newLedger } from '../../src/workflow/rollout/ledger.ts'
import { set } from '../../src/workflow/words/set.ts'

test('set changes the members that are named and no others', () => {
  const ledger = newLedger()
  set(ledger, { holds: 'new', version: '2' })
  expect(ledger).toEqual({ ...newLedger(), holds: 'new', version: '2' })
})

test('what is misspelt, of another type or not a member does not compile', () => {
  const ledger: TargetLedger = newLedger()
  // @ts-expect-error: no such state
  set(ledger, { holds: 'untuched' })
  // @ts-expect-error: a number is wanted
  set(ledger, { nextTryAt: '0' })
  // @ts-expect-error: no such member
  set(ledger, { state: 'untouched' })
  // @ts-expect-error: an optional member is deleted, not set to undefined
  set(ledger, { version: undefined })
  expect(ledger).toMatchObject({ holds: 'untuched', nextTryAt: '0', state: 'untouched' })
})
