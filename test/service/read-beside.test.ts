import { expect, test } from 'vitest'
import { JournalError, ProviderError } from '../../src/contracts/errors.ts'
import { readBeside } from '../../src/service/read-beside.ts'

const denied = new JournalError(
  'unavailable',
  'the account lacks the verb "get"',
  'Give it the rule.',
  new ProviderError({
    ...{ code: 'denied', provider: 'journal', message: 'no', effect: 'none', nextStep: 'Give it the rule.' },
  }),
)
const about = { what: 'a pause of all keys', otherwise: null }
const refuse = (error: unknown) => () => Promise.reject(error)

test('who only looks is told what the rights do not reach, and is shown the rest', async () => {
  const told: string[] = []
  const context = {
    untold: (what: string, error: JournalError) => void told.push(`${what}: ${error.nextStep}`),
  }
  expect(await readBeside(context, about, refuse(denied))).toBeNull()
  expect(told).toEqual(['a pause of all keys: Give it the rule.'])
})

test('who acts on it is refused', async () => {
  await expect(readBeside({}, about, refuse(denied))).rejects.toBe(denied)
})

test('a journal that is down is no matter of rights', async () => {
  const down = new JournalError('unavailable', 'no answer', 'Wait.')
  await expect(readBeside({ untold: () => {} }, about, refuse(down))).rejects.toBe(down)
})
