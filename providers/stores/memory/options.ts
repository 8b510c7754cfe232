import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { checkFields } from '../../shared/store/fields.ts'

export const options = z.strictObject({
  space: z
    .string()
    .min(1)
    .default('default')
    .describe('stores of one process that name the same space share its secrets'),
  secrets: z
    .array(z.string().min(1))
    .max(1000)
    .default([])
    .describe('secrets that exist from the start, without a value; a store makes fields but never secrets'),
  compareAndSet: z
    .boolean()
    .default(true)
    .describe(
      'whether a stale write is refused by the store itself; without it a race is only seen afterwards',
    ),
  settle: durationOption('0s').describe('how long a reader may still get the replaced value'),
})

export type Options = z.output<typeof options>

export const summary = 'Secrets in the memory of this process, for tests and dry runs'

/** Longest value in bytes. */
export const MAX_VALUE_BYTES = 65_536

const secretName = /^[\w.-]{1,64}(\/[\w.-]{1,64}){0,8}$/
const fieldName = /^[\w.-]{1,64}$/

/** What is wrong with an address: names are words joined by slashes, fields are words. */
export function checkAddress(address: SecretAddress): string[] {
  const problems: string[] = []
  if (!secretName.test(address.secret))
    problems.push('the secret must be named with letters, digits, `_`, `.`, `-`, and `/` between words')
  return [...problems, ...checkFields(address.fields, { whole: 'allowed', checkName: checkFieldName })]
}

function checkFieldName(field: string): string[] {
  return fieldName.test(field) ? [] : ['a field must be named with letters, digits, `_`, `.` and `-`']
}
