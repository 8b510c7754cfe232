/* Every kind of error has its exit code, and unexpected errors reveal no message. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeError, exitCodes, meanings } from '../../src/cli/exit-codes.ts'
import { JournalError, LeaseOverError, ProviderError } from '../../src/contracts/errors.ts'
import { ServiceError } from '../../src/service/context.ts'

const details = { provider: 'aws', message: 'no', effect: 'none', nextStep: 'Look.' } as const

test.each([
  [new LeaseOverError(), 6],
  [new JournalError('lost-claim', 'taken', 'Run it again.'), 6],
  [new JournalError('unavailable', 'locked', 'Run it again.'), 5],
  [new JournalError('corrupt', 'damaged', 'Restore it.'), 1],
  [new ProviderError({ ...details, code: 'unavailable' }), 5],
  [new ProviderError({ ...details, code: 'throttled' }), 5],
  [new ProviderError({ ...details, code: 'denied' }), 4],
  [new ServiceError('unknown-key', 'no key', 'See the config.'), 2],
  [new ServiceError('refused', 'no', 'See status.'), 4],
  [new TypeError('this text may hold anything'), 1],
])('%s ends with %i and a next step', (error, code) => {
  const report = describeError(error)
  expect(report.code).toBe(code)
  expect(report.nextStep.length).toBeGreaterThan(3)
  expect(`${report.message} ${report.nextStep}`).not.toContain('may hold anything')
})

test('the README explains every exit code as the help does', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (\d) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning])
  const codes = Object.entries(exitCodes)
  expect(rows).toEqual(codes.map(([name, code]) => [String(code), meanings[name as keyof typeof meanings]]))
})
