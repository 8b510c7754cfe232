/* Makes the parts of a key where the service takes a value of ours. */

import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'

const alphabets = {
  base62: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
} as const

/** The shape of a part that Keyrota makes. */
export const generated = z.strictObject({
  prefix: z.string().max(40).default('').describe('text before the random characters'),
  length: z.int().min(16).max(256).default(43).describe('how many random characters'),
  alphabet: z
    .enum(['base62', 'hex', 'base32'])
    .default('base62')
    .describe('random characters: `base62` A-Z a-z 0-9, `hex` 0-9 a-f, `base32` A-Z 2-7'),
})

export type Generated = z.output<typeof generated>

/** Returns random parts of these shapes. */
function generateParts(shapes: Readonly<Record<string, Generated>>): Material {
  return Object.fromEntries(Object.entries(shapes).map(([part, shape]) => [part, generatePart(shape)]))
}

function generatePart({ prefix, length, alphabet }: Generated): SecretValue {
  const letters = alphabets[alphabet]
  const random = Array.from({ length }, () => letters[randomInt(letters.length)])
  return new SecretValue(prefix + random.join(''))
}

/** Values that were made for a mark: a repeat sends the same ones, as long as this process lives. */
export class MadeForMarks {
  readonly #made = new Map<string, Material>()

  take(mark: string, shapes: Readonly<Record<string, Generated>>): Material {
    const kept = this.#made.get(mark)
    if (kept !== undefined || Object.keys(shapes).length === 0) return kept ?? {}
    const made = generateParts(shapes)
    this.#made.set(mark, made)
    return made
  }
}
