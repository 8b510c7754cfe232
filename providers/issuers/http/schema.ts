import { z } from 'zod'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { describePathProblem } from './extract.ts'

/*
 * The pieces of the options. What one field alone can tell is checked here; what needs several fields (variables of
 * a template, hosts, secrets in URLs) is checked in `checks.ts`.
 */

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
    .describe('JSONPath into the body; alone it matches what is not null, false or empty'),
  is: z
    .union([scalar, z.array(scalar).min(1)], { error: 'expected a value or a list of values' })
    .optional()
    .describe('value, or one of several, that the path must select'),
  contains: z.string().min(1).optional().describe('text that the selected text must contain'),
}
const itemTest = z.strictObject({ ...bodyTest, path: jsonPath.describe('JSONPath, counted from the item') })
const answerTest = {
  status: statuses.optional().describe('statuses that match; any without it'),
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
  code: z.enum(errorCodes).describe('what such an answer means'),
})
const verdictRule = z.strictObject({
  ...answerTest,
  verdict: z.enum(['accepted', 'rejected', 'unknown']).describe('what such an answer says about the key'),
  mayHaveBilled: z.boolean().optional().describe('the service did real work for the probe: alarm'),
})
export type AnswerTest = z.output<typeof errorRule> | z.output<typeof verdictRule>
export type ErrorRule = z.output<typeof errorRule>

const bareRequest = {
  request: z
    .string()
    .max(2000)
    .regex(/^(GET|POST|PUT|PATCH|DELETE) \S+(\s*\S+)*$/, 'expected a method and a path, e.g. POST /v1/keys')
    .describe('method and path below `base`, or a whole URL; every template in it is percent-encoded'),
  query: z.record(z.string(), template).optional().describe('query parameters'),
  headers: z.record(headerName, template).optional().describe('headers beside those of `auth`'),
  json: z.json().optional().describe('JSON body; texts in it are templates'),
  form: z.record(z.string(), template).optional().describe('body as a URL-encoded form'),
  multipart: z.record(z.string(), template).optional().describe('body as multipart/form-data'),
}
const request = {
  ...bareRequest,
  errors: z
    .array(errorRule)
    .max(50)
    .optional()
    .describe('answers that mean something else than their status says; the first match counts'),
}
const plainOperation = z.strictObject(request)
const bareOperation = z.strictObject(bareRequest)
export type RequestOptions = z.output<typeof bareOperation>

const create = z.strictObject({
  ...request,
  parts: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the name of a part, e.g. value'), jsonPath)
    .describe('parts of the new key, each by its JSONPath, e.g. `{ value: $.key }`'),
  id: jsonPath.optional().describe("JSONPath of the new key's id"),
  idFrom: z
    .enum(['list-match'])
    .optional()
    .describe('`list-match`: the answer holds no id, it is looked up in the list by the name'),
  createdAt: jsonPath.optional().describe('JSONPath of the time it was made'),
  expiresAt: jsonPath.optional().describe('JSONPath of the time it expires'),
})

const pageLimit = {
  maxPages: z.int().min(1).max(1000).default(100).describe('more pages than this are an error'),
}
const parameter = z.string().min(1).describe('name of the query parameter')
const paginate = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('cursor'),
      param: parameter,
      from: jsonPath.describe('JSONPath of the next cursor; the list ends where it is absent or null'),
      ...pageLimit,
    }),
    z.strictObject({ kind: z.literal('offset'), param: parameter, ...pageLimit }),
    z.strictObject({ kind: z.literal('page'), param: parameter, first: z.int().default(1), ...pageLimit }),
    z.strictObject({ kind: z.literal('link-header'), ...pageLimit }),
    z.strictObject({
      kind: z.literal('body-next-url'),
      from: jsonPath.describe('JSONPath of the next URL; the list ends where it is absent or null'),
      ...pageLimit,
    }),
  ],
  { error: 'expected kind: none, cursor, offset, page, link-header or body-next-url' },
)

const list = z.strictObject({
  ...request,
  items: jsonPath.describe('JSONPath of the live keys, e.g. `$.data[*]`'),
  id: jsonPath.describe("JSONPath of a key's id, counted from the item"),
  name: jsonPath.describe("JSONPath of a key's name, counted from the item"),
  createdAt: jsonPath.optional().describe('JSONPath of the time it was made'),
  expiresAt: jsonPath.optional().describe('JSONPath of the time it expires'),
  lastUsed: jsonPath.optional().describe('JSONPath of its last use; null means never'),
  disabled: itemTest.optional().describe('when an item counts as disabled'),
  skip: itemTest.optional().describe('when an item is no live key, e.g. a revoked one'),
  paginate: paginate.default({ kind: 'none' }).describe('how the next page is asked for'),
})
export type ListOptions = z.output<typeof list>

const revoke = z.strictObject({
  ...request,
  alreadyGone: statuses.optional().describe('statuses beside 404 and 410 that mean: no such key'),
})

const probe = z.strictObject({
  ...bareRequest,
  accepted: statuses.optional().describe('statuses of a good key'),
  rejected: statuses.optional().describe('statuses of a bad key'),
  rules: z.array(verdictRule).max(50).optional().describe('looked at first; the first match counts'),
})
export type ProbeOptions = z.output<typeof probe>

const whoami = z.strictObject({
  ...bareRequest,
  id: jsonPath.optional().describe("JSONPath of the key's own id"),
  name: jsonPath.optional().describe("JSONPath of the key's own name, which is then looked up in the list"),
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
  headers: z.record(headerName, credential).optional().describe('headers of their own, one or several'),
  oauth2ClientCredentials: z
    .strictObject({
      tokenUrl: serviceUrl,
      clientId: credential,
      clientSecret: credential,
      scope: z.string().min(1).optional(),
      audience: z.string().min(1).optional(),
      clientAuth: z.enum(['basic', 'body']).default('basic').describe('where the client shows its secret'),
    })
    .optional()
    .describe('a token for the client itself (RFC 6749 section 4.4), kept until it expires'),
  none: z.literal(true).optional().describe('no authentication, or one described in the requests themselves'),
})
export type AuthOptions = z.output<typeof auth>

export const operations = {
  create: create.describe('makes a key'),
  list: list.describe('shows the live keys of the account'),
  revoke: revoke.optional().describe('ends a key for good; not needed where `lifecycle` is `roll`'),
  disable: plainOperation.optional().describe('switches a key off'),
  enable: plainOperation.optional().describe('switches it on again'),
  probe: probe.describe('one harmless request with the key'),
  whoami: whoami.optional().describe('tells which key a value is'),
}

export const authentication = z.strictObject({
  management: auth.describe('for create, list, revoke, disable and enable'),
  probe: auth.optional().describe('for probe and whoami; `bearer: "{{ value }}"` without it'),
})

export const variables = z.record(
  z.string().regex(/^[a-z][A-Za-z0-9_]*$/, 'expected a name such as workspace'),
  z.union([scalar, secretSource], { error: 'expected a value, { env: NAME } or { file: path }' }),
)
