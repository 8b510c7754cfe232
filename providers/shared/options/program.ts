/* Programs that an option names. */

import { z } from 'zod'

/** The path of a program; never looked up in a PATH, which somebody else may have set. */
export function programPath(byDefault: string, description: string) {
  return z.string().startsWith('/', 'expected an absolute path').default(byDefault).describe(description)
}

/** A program and its arguments, which no shell reads. */
export const words = z
  .array(z.string().max(4096).refine(isWithoutNull, 'an argument cannot contain a null character'))
  .min(1)
  .max(64)

function isWithoutNull(text: string): boolean {
  return !text.includes('\0')
}
