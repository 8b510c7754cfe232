/* The schema of the list of keys and of its pages. */

import { z } from 'zod'
import { jsonPath } from '../../shared/http/json-path.ts'
import { answerTest, itemTest, partPaths, request } from './schema.ts'

const pageLimit = {
  maxPages: z.int().min(1).max(1000).default(100).describe('an error if there are more pages'),
}
const parameter = z.string().min(1).describe('name of the query parameter')
const paginate = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('cursor'),
      param: parameter,
      from: jsonPath.describe(
        'JSONPath of the next cursor, e.g. `$.next` or `$.data[-1].id`; absent or null on the last page',
      ),
      more: jsonPath
        .optional()
        .describe('JSONPath of a true or false that tells whether there is another page, e.g. `$.has_more`'),
      ...pageLimit,
    }),
    z.strictObject({ kind: z.literal('offset'), param: parameter, ...pageLimit }),
    z.strictObject({ kind: z.literal('page'), param: parameter, first: z.int().default(1), ...pageLimit }),
    z.strictObject({ kind: z.literal('link-header'), ...pageLimit }),
    z.strictObject({
      kind: z.literal('body-next-url'),
      from: jsonPath.describe('JSONPath of the next URL; absent or null on the last page'),
      ...pageLimit,
    }),
  ],
  { error: 'expected kind: none, cursor, offset, page, link-header or body-next-url' },
)

export const list = z.strictObject({
  ...request,
  items: jsonPath.describe('JSONPath of the live keys, e.g. `$.data[*]`'),
  map: z
    .literal(true)
    .optional()
    .describe('`items` selects an object: its members are the keys, and their names the ids'),
  id: jsonPath
    .optional()
    .describe("JSONPath of a key's id, relative to the item; `$` if the item itself is the id"),
  name: jsonPath
    .optional()
    .describe("JSONPath of a key's name, relative to the item; without it no key is found by its name"),
  parts: partPaths
    .optional()
    .describe(
      'JSONPaths of the parts of a key, if the list shows values; without `id` a key is known by its fingerprint',
    ),
  empty: z
    .strictObject(answerTest)
    .optional()
    .describe('response other than 2xx that means an empty list, e.g. `{ status: 404 }`'),
  createdAt: jsonPath.optional().describe('JSONPath of the creation time'),
  expiresAt: jsonPath.optional().describe('JSONPath of the expiry time'),
  lastUsed: jsonPath.optional().describe('JSONPath of the last use; null means never'),
  disabled: itemTest.optional().describe('which items are disabled keys'),
  skip: itemTest.optional().describe('which items to ignore, e.g. revoked keys'),
  paginate: paginate.default({ kind: 'none' }).describe('how to request the next page'),
})
export type ListOptions = z.output<typeof list>
