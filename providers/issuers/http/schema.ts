/*
 * The schemas that the options are made of. Each checks one field; what involves several fields (variables of a template,
 * hosts, secrets in URLs) is checked in `checks.ts`.
 */

import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { describePathProblem } from './extract.ts'

const jsonPath = z.string().superRefine((path, context) => {
  const problem = describePathProblem(path)
  if (problem === undefined) return
  context.addIssue({ code: 'custom', message: `expected a JSONPath such as $.data.id: ${problem}` })
})

const aStatus = 'expected a status such as 404, or a class such as 4xx'
const status = z.union([z.int().min(100, aStatus).max(599, aStatus), z.string().regex(/^[1-5]xx$/)], {
  error: aStatus,
})
const statuses = z.union([status, z.array(status).min(1).max(20)], {
  error: 'expected a status such as 404, a class such as 4xx, or a list of these',
})
export type Statuses = z.output<typeof statuses>

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'expected text, a number, true, false or null',
})

const template = z.string().max(10_000)
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header')

const bodyTest = {
  path: jsonPath
    .optional()
    .describe('JSONPath into the body; on its own it matches any value that is not null, false or empty'),
  is: z
    .union([scalar, z.array(scalar).min(1)], { error: 'expected a value or a list of values' })
    .optional()
    .describe('value, or list of values, one of which the path must select'),
  contains: z.string().min(1).optional().describe('text that the selected text must contain'),
}
const itemTest = z.strictObject({ ...bodyTest, path: jsonPath.describe('JSONPath, relative to the item') })
const answerTest = {
  status: statuses.optional().describe('statuses that match; default: any'),
  ...bodyTest,
}

const errorCodes = [
  'not_found',
  'denied',
  'conflict',
  'throttled',
  'unavailable',
  'invalid',
  'quota',
] as const
const errorRule = z.strictObject({
  ...answerTest,
  code: z.enum(errorCodes).describe('error that such a response means'),
})
const verdictRule = z.strictObject({
  ...answerTest,
  verdict: z
    .enum(['accepted', 'rejected', 'unknown'])
    .describe('verdict on the key that such a response gives'),
  mayHaveBilled: z.boolean().optional().describe('the service did real work for the probe: raises an alarm'),
})
export type AnswerTest = z.output<typeof errorRule> | z.output<typeof verdictRule>
export type ErrorRule = z.output<typeof errorRule>

const bareRequest = {
  request: z
    .string()
    .max(2000)
    .regex(/^(GET|POST|PUT|PATCH|DELETE) \S+(\s*\S+)*$/, 'expected a method and a path, e.g. POST /v1/keys')
    .describe('method and path below `base`, or a full URL; template outputs are percent-encoded'),
  query: z.record(z.string(), template).optional().describe('query parameters'),
  headers: z.record(headerName, template).optional().describe('headers in addition to those of `auth`'),
  json: z.json().optional().describe('JSON body; strings in it are templates'),
  form: z.record(z.string(), template).optional().describe('body as a URL-encoded form'),
  multipart: z.record(z.string(), template).optional().describe('body as multipart/form-data'),
}
const request = {
  ...bareRequest,
  errors: z
    .array(errorRule)
    .max(50)
    .optional()
    .describe('responses whose meaning differs from their status; the first match counts'),
}
const plainOperation = z.strictObject(request)
const bareOperation = z.strictObject(bareRequest)
export type RequestOptions = z.output<typeof bareOperation>

const create = z.strictObject({
  ...request,
  parts: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the name of a part, e.g. value'), jsonPath)
    .describe('parts of the new key with their JSONPaths, e.g. `{ value: $.key }`'),
  id: jsonPath.optional().describe("JSONPath of the new key's id"),
  idFrom: z
    .enum(['list-match'])
    .optional()
    .describe('`list-match`: the response contains no id; look it up in the list by the name'),
  createdAt: jsonPath.optional().describe('JSONPath of the creation time'),
  expiresAt: jsonPath.optional().describe('JSONPath of the expiry time'),
})

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
      from: jsonPath.describe('JSONPath of the next cursor; absent or null on the last page'),
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

const list = z.strictObject({
  ...request,
  items: jsonPath.describe('JSONPath of the live keys, e.g. `$.data[*]`'),
  id: jsonPath.describe("JSONPath of a key's id, relative to the item"),
  name: jsonPath.describe("JSONPath of a key's name, relative to the item"),
  createdAt: jsonPath.optional().describe('JSONPath of the creation time'),
  expiresAt: jsonPath.optional().describe('JSONPath of the expiry time'),
  lastUsed: jsonPath.optional().describe('JSONPath of the last use; null means never'),
  disabled: itemTest.optional().describe('which items are disabled keys'),
  skip: itemTest.optional().describe('which items to ignore, e.g. revoked keys'),
  paginate: paginate.default({ kind: 'none' }).describe('how to request the next page'),
})
export type ListOptions = z.output<typeof list>

const revoke = z.strictObject({
  ...request,
  alreadyGone: statuses
    .optional()
    .describe('statuses other than 404 and 410 that mean the key does not exist'),
})

const probe = z.strictObject({
  ...bareRequest,
  accepted: statuses.optional().describe('statuses that a valid key gets'),
  rejected: statuses.optional().describe('statuses that an invalid key gets'),
  rules: z
    .array(verdictRule)
    .max(50)
    .optional()
    .describe('rules that take precedence over the statuses; the first match counts'),
})
export type ProbeOptions = z.output<typeof probe>

const whoami = z.strictObject({
  ...bareRequest,
  id: jsonPath.optional().describe("JSONPath of the key's own id"),
  name: jsonPath.optional().describe("JSONPath of the key's own name, to look it up in the list"),
})

const credential = z.union([template.min(1), secretSource], {
  error: 'expected { env: NAME }, { file: path }, or a template such as "{{ value }}"',
})
export type Credential = z.output<typeof credential>

const auth = z.strictObject({
  bearer: credential.optional().describe('`Authorization: Bearer …`'),
  scheme: z
    .strictObject({ name: headerName.describe('e.g. `token` or `Key`'), credential })
    .optional()
    .describe('`Authorization: <name> …`'),
  basic: z.strictObject({ user: credential, password: credential }).optional().describe('HTTP basic'),
  headers: z.record(headerName, credential).optional().describe('one or more custom headers'),
  oauth2ClientCredentials: z
    .strictObject({
      tokenUrl: serviceUrl,
      clientId: credential,
      clientSecret: credential,
      scope: z.string().min(1).optional(),
      audience: z.string().min(1).optional(),
      clientAuth: z
        .enum(['basic', 'body'])
        .default('basic')
        .describe('where to send the client id and secret'),
    })
    .optional()
    .describe('access token by client credentials (RFC 6749 section 4.4), cached until it expires'),
  none: z
    .literal(true)
    .optional()
    .describe('no authentication, or one that the requests themselves describe'),
})
export type AuthOptions = z.output<typeof auth>

export const operations = {
  create: create.describe('creates a key'),
  list: list.describe('lists the live keys of the account'),
  revoke: revoke.optional().describe('revokes a key for good; not needed if `lifecycle` is `roll`'),
  disable: plainOperation.optional().describe('disables a key'),
  enable: plainOperation.optional().describe('enables it again'),
  probe: probe.describe('one harmless request with the key'),
  whoami: whoami.optional().describe('identifies the key with a value'),
}

export const authentication = z.strictObject({
  management: auth.describe('for create, list, revoke, disable and enable'),
  probe: auth.optional().describe('for probe and whoami; `bearer: "{{ value }}"` without it'),
})

export const variables = z.record(
  z.string().regex(/^[a-z][A-Za-z0-9_]*$/, 'expected a name such as workspace'),
  z.union([scalar, secretSource], { error: 'expected a value, { env: NAME } or { file: path }' }),
)
