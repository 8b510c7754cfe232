/* Who gave a command: the same person everywhere, so that what was approved, paused or supplied is found by one name. */
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { nameHands, namePerson } from '../../src/cli/person.ts'

test.each([
  [{ KEYROTA_PERSON: 'ada', SUDO_USER: 'grace' }, 'ada'],
  [{ KEYROTA_PERSON: ' ', SUDO_USER: 'grace' }, 'grace'],
  [{}, userInfo().username],
])('%j', (env, person) => {
  expect(namePerson(env)).toBe(person)
  expect(nameHands(env)).toEqual([person])
})

test('what is no name is shown on one line, and is nobody who has seen a value', () => {
  const env = { KEYROTA_PERSON: `a\nb${'x'.repeat(300)}` }
  expect(namePerson(env)).toMatch(/^a bx{197}$/)
  expect(nameHands(env)).toEqual([])
})
