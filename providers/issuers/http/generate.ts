/* Makes the parts of a key where the service takes a value of ours. */

import { randomInt } from 'node:crypto'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import type { Api } from './operations.ts'
import type { GeneratedOptions } from './schema-operations.ts'

const alphabets: Readonly<Record<GeneratedOptions['alphabet'], string>> = {
  base62: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
}

/** Returns the parts for this mark; for the same mark the same ones, as long as this process lives. */
export function generateParts(api: Api, mark: string): Material {
  const kept = api.generated.get(mark)
  if (kept !== undefined) return kept
  const made = Object.fromEntries(
    Object.entries(api.options.create?.generate ?? {}).map(([part, rule]) => [part, generatePart(rule)]),
  )
  if (Object.keys(made).length > 0) api.generated.set(mark, made)
  return made
}

function generatePart({ prefix, length, alphabet }: GeneratedOptions): SecretValue {
  const letters = alphabets[alphabet]
  const random = Array.from({ length }, () => letters[randomInt(letters.length)])
  return new SecretValue(prefix + random.join(''))
}
