import { z } from 'zod'

/*
 * Who else writes a place is recognized by what known tools leave there, and no such list is ever complete. So it is open
 * to the config: a name that nobody here knows can be refused, and one that is refused can be allowed.
 */

const pattern = z
  .string()
  .max(253)
  .regex(/^[^\s*]+\*?$|^\*$/, 'expected a name, or the beginning of names followed by `*`')

/** `names`: what the entries are compared with, e.g. "field managers, kinds of owners, …". */
export function writersOption(names: string) {
  return z
    .strictObject({
      allow: z
        .array(pattern)
        .max(100)
        .default([])
        .describe(
          `${names} that are known never to write our fields again; one that ends in \`*\` means all that begin so`,
        ),
      deny: z
        .array(pattern)
        .max(100)
        .default([])
        .describe(`${names} that restore their own value, besides those that Keyrota knows`),
    })
    .prefault({})
    .describe('who else may write the same place')
}

export interface WriterRules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** Whether an entry of the list means this name. */
export function isListed(list: readonly string[], name: string): boolean {
  return list.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
}
