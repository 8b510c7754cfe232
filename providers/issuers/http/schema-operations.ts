/* The schemas of the operations and of their authentication. */

import { z } from 'zod'
import { jsonPath } from '../../shared/http/json-path.ts'
import { generated } from '../../shared/issuer/generate.ts'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import {
  bareRequest,
  headerName,
  partName,
  partPaths,
  request,
  scalar,
  statuses,
  template,
  verdictRule,
} from './schema.ts'
import { list } from './schema-list.ts'
import { usage } from './schema-usage.ts'

const create = z.strictObject({
  ...request,
  parts: partPaths.default({}).describe('parts of the new key with their JSONPaths, e.g. `{ value: $.key }`'),
  generate: z
    .record(partName, generated)
    .default({})
    .describe(
      '`self`: parts that Keyrota makes, e.g. `{ value: { prefix: app_ } }`, to be sent as `{{ value }}`',
    ),
  id: jsonPath.optional().describe("JSONPath of the new key's id"),
  idFrom: z
    .enum(['list-match'])
    .optional()
    .describe('`list-match`: the response contains no id; look it up in the list by the name'),
  createdAt: jsonPath.optional().describe('JSONPath of the creation time'),
  expiresAt: jsonPath.optional().describe('JSONPath of the expiry time'),
})

const revoke = z.strictObject({
  ...request,
  alreadyGone: statuses
    .optional()
    .describe('statuses other than 404 and 410 that mean the key does not exist'),
})

const garbage = z.strictObject({
  parts: z
    .record(partName, template)
    .optional()
    .describe(
      'templates of a well-formed value that is no key, with `{{ random }}`, e.g. `{ value: "sk-{{ random }}" }`',
    ),
  vars: z
    .record(z.string(), scalar)
    .optional()
    .describe(
      'values that replace `vars` in a garbage probe, e.g. an account that exists for these probes only',
    ),
  every: duration
    .optional()
    .describe(
      'send a garbage key at most this often, if the service locks an account or address after failures',
    ),
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
  garbage: garbage.optional().describe('the garbage key that is probed as a control'),
})
export type ProbeOptions = z.output<typeof probe>

const readBack = z.strictObject({
  ...request,
  parts: partPaths.optional().describe('`roll`: JSONPaths of the parts of the current key'),
  id: jsonPath.optional().describe("`roll`: JSONPath of the current key's id"),
})

const templates = z.array(z.string().min(1).max(500)).min(1).max(20)
const task = z.strictObject({
  url: z
    .string()
    .max(500)
    .optional()
    .describe('address of the page for this task, a template; default: `dashboard`'),
  steps: templates.describe(
    'what to do, one short sentence each; templates with `{{ name }}` and `{{ current_name }}`',
  ),
  confirm: templates.optional().describe('what no probe can show, so the person has to verify it'),
})

const operator = z.strictObject({
  parts: z.array(partName).min(1).max(8).default(['value']).describe('names of the parts of a key'),
  dashboard: serviceUrl.describe('address of the page where keys are created and revoked'),
  create: task.describe('how a person creates a key'),
  revoke: task.optional().describe('how a person revokes a key; not needed if `revoke` describes a request'),
})

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

const plainOperation = z.strictObject(request)

export const operations = {
  create: create.optional().describe('creates a key; not for `operator`'),
  list: list
    .optional()
    .describe('lists the live keys of the account; may be absent if `revoke` needs the value alone'),
  readBack: readBack
    .optional()
    .describe('`roll` and `slots`: reads the keys that are in place now, to recover from a lost response'),
  revoke: revoke.optional().describe('revokes a key for good; not for `roll` and `slots`'),
  endOverlap: revoke
    .optional()
    .describe('`roll`: ends the key that the last roll replaced, and never the current one'),
  disable: plainOperation.optional().describe('disables a key'),
  enable: plainOperation.optional().describe('enables it again'),
  usage: usage
    .optional()
    .describe('tells how much the keys were used; without it, `list.lastUsed` tells of the last use'),
  probe: probe.describe('one harmless request with the key'),
  whoami: whoami.optional().describe('identifies the key with a value'),
}

export const lifecycleFields = {
  slots: z
    .record(z.string().min(1).max(60), partPaths)
    .refine((slots) => Object.keys(slots).length === 2, 'expected two places')
    .optional()
    .describe(
      '`slots`: the two places, each with the JSONPaths of its parts, e.g. `{ key1: { value: $.key1 } }`',
    ),
  operator: operator.optional().describe('`operator`: what a person is asked to do'),
}

export const authentication = z.strictObject({
  management: auth.optional().describe('for every operation but probe and whoami; required if there is one'),
  probe: auth.optional().describe('for probe and whoami; `bearer: "{{ value }}"` without it'),
})

export const variables = z.record(
  z.string().regex(/^[a-z][A-Za-z0-9_]*$/, 'expected a name such as workspace'),
  z.union([scalar, secretSource], { error: 'expected a value, { env: NAME } or { file: path }' }),
)
