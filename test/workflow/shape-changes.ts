import type { ValueShape } from '../../src/contracts/value-shape.ts'
import type { Answer, Change } from './given.ts'

/* What a row may say of values that may be no key; see `changes.ts`. */

/** The value cannot be a key, so it is named by its shape. */
export const readsShape =
  (shape: ValueShape): Answer =>
  (answers) => {
    const reading = { is: 'value', fingerprint: shape, shape, version: 'v9' } as const
    answers.targets = { ...answers.targets, a: reading }
  }

/** Nothing shows that the old value was ever a key. */
export const neverAccepted: Change = (rotation) => {
  delete rotation.old?.accepted
}

/** Target a cannot hold the new key so that every reader gets it. */
export const unfit: Answer = (answers) => {
  answers.unfit = [{ target: 'a', why: 'KEY would have a value that nobody reads alike' }]
}
