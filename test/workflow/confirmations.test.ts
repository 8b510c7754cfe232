import { expect, test } from 'vitest'
import type { Confirmation } from '../../src/contracts/confirmation.ts'
import {
  confirmationOf,
  describeAsked,
  describeConfirmed,
  parseConfirmation,
} from '../../src/workflow/words/confirmations.ts'

test('a confirmation is read as it is written', () => {
  const written: Confirmation[] = [
    'moved',
    confirmationOf('deleted', 'keyrota-video-1'),
    confirmationOf('removed', 'aws:eu/app#KEY'),
  ]
  expect(written.map((one) => parseConfirmation(one))).toEqual([
    { confirmation: 'moved', name: 'moved', about: null },
    { confirmation: 'deleted:keyrota-video-1', name: 'deleted', about: 'keyrota-video-1' },
    { confirmation: 'removed:aws:eu/app#KEY', name: 'removed', about: 'aws:eu/app#KEY' },
  ])
})

test('what is about nothing, about too much, or unknown is not a confirmation', () => {
  for (const text of ['adopt', 'adopt:', 'moved:app', 'unheard-of', 'unheard-of:x', '', ':', 'toString'])
    expect(parseConfirmation(text)).toBeNull()
})

test('it is shown with what a person states and with what Keyrota does', () => {
  expect(describeAsked('moved')).toBe('moved (every consumer uses the new key)')
  expect(describeConfirmed('orphan:x')).toBe('orphan:x: revokes it as an orphan')
})

test('a misspelt confirmation does not compile', () => {
  // @ts-expect-error: no such word
  const misspelt: Confirmation = 'move'
  // @ts-expect-error: it needs to say which
  const incomplete: Confirmation = 'adopt'
  expect([misspelt, incomplete].map((one) => parseConfirmation(one))).toEqual([null, null])
})
