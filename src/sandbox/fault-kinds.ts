import { z } from 'zod'

/*
 * The faults that can be switched on. Faults of a request match its method, path and key. Faults of a key match its name
 * and are bound to it when it is created or revoked.
 */

const MAX_MS = 3_600_000

const ms = z.int().min(0).max(MAX_MS)
const count = z.int().min(1).max(1_000_000)
const fingerprint = z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hex digits, the fingerprint of a key')

const counting = {
  times: count.optional().describe('affects this many matches, then no more; default: all'),
  after: count.optional().describe('lets this many matches pass first'),
}

const path = z
  .string()
  .max(200)
  .regex(
    /^(\/([^/*]+|\*))*(\/\*\*|\/)?$/,
    'expected a path like /v1/keys, /v1/keys/* (one segment) or /api/** (all below)',
  )

const ofRequest = {
  ...counting,
  match: z
    .strictObject({
      method: z.enum(['GET', 'POST', 'DELETE']).optional(),
      path: path.optional().describe('default: /api/** and /v1/**'),
      key: fingerprint.optional().describe('fingerprint of the key that calls the generation API'),
    })
    .optional(),
}

const ofKey = {
  ...counting,
  match: z
    .strictObject({
      name: z.string().min(1).max(200).optional().describe('start of the key name'),
      key: fingerprint.optional(),
    })
    .optional(),
}

const when = z
  .enum(['before-effect', 'after-effect'])
  .optional()
  .describe('whether the request still takes effect')

const requestFaults = [
  z
    .strictObject({
      kind: z.literal('throttle'),
      retryAfterS: z.int().min(0).max(3600).optional(),
      ...ofRequest,
    })
    .describe('429 with Retry-After (default: 1 s); no effect'),
  z
    .strictObject({
      kind: z.literal('error'),
      status: z.int().min(500).max(599).optional(),
      when,
      ...ofRequest,
    })
    .describe('a 5xx (default: 503); by default before the effect'),
  z
    .strictObject({ kind: z.literal('hang'), ms: ms.optional(), when, ...ofRequest })
    .describe(
      'no response for `ms` (default: an hour), then the connection is cut; by default before the effect',
    ),
  z
    .strictObject({ kind: z.literal('slow'), ms, when, ...ofRequest })
    .describe(
      'waits `ms` after the effect and before the response; with `before-effect`, the effect follows the wait, even if the client has gone',
    ),
  z
    .strictObject({ kind: z.literal('drop'), ...ofRequest })
    .describe('the connection is cut before the effect'),
  z
    .strictObject({ kind: z.literal('lose-answer'), ...ofRequest })
    .describe('the connection is cut after the effect, without a response'),
  z
    .strictObject({ kind: z.literal('late-landing'), ms, ...ofRequest })
    .describe('the connection is cut at once, the effect follows `ms` later'),
  z
    .strictObject({
      kind: z.literal('truncate'),
      keepBytes: z.int().min(0).max(65_536).optional(),
      wellFramed: z.boolean().optional(),
      ...ofRequest,
    })
    .describe(
      'after the effect only the first `keepBytes` of the body (default: half) are sent, then the connection is cut; with `wellFramed`, the headers declare the short body as complete',
    ),
] as const

const authFaults = [
  z
    .strictObject({ kind: z.literal('reject-all'), ...ofRequest })
    .describe('the generation API returns 401 for every key'),
  z
    .strictObject({ kind: z.literal('accept-all'), ...ofRequest })
    .describe('the generation API accepts any value as a key, even garbage'),
] as const

const keyFaults = [
  z
    .strictObject({ kind: z.literal('late-activation'), ms, ...ofKey })
    .describe('a new key is refused for its first `ms`'),
  z
    .strictObject({ kind: z.literal('early-death'), count, ...ofKey })
    .describe('a new key is accepted `count` times, then refused for good'),
  z
    .strictObject({ kind: z.literal('late-listing'), ms, ...ofKey })
    .describe('a new key is missing from the list for its first `ms`'),
  z
    .strictObject({ kind: z.literal('late-revocation'), ms, ...ofKey })
    .describe('a revoked key is missing from the list but still accepted for `ms`'),
  z
    .strictObject({ kind: z.literal('lying-revoke'), ...ofKey })
    .describe('a revoke reports success and does nothing'),
] as const

export const faultSchema = z.discriminatedUnion('kind', [...requestFaults, ...authFaults, ...keyFaults])

export type Fault = z.infer<typeof faultSchema>
export type FaultKind = Fault['kind']
export type RequestFault = z.infer<(typeof requestFaults)[number]>

export const requestFaultKinds = requestFaults.map((schema) => schema.shape.kind.value)

/** Every kind with its effect and its own fields, for help texts. */
export const faultKinds: readonly { kind: FaultKind; does: string; fields: readonly string[] }[] =
  faultSchema.options.map((schema) => ({
    kind: schema.shape.kind.value,
    does: schema.description ?? '',
    fields: Object.keys(schema.shape).filter((field) => field !== 'kind'),
  }))

/** An invalid fault; `problems` are sentences for people, one per field. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`not a fault: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/** Validates a fault from outside. @throws FaultError with every problem at once */
export function checkFault(input: unknown): Fault {
  const result = faultSchema.safeParse(input)
  if (result.success) return result.data
  const kind = (input as { kind?: unknown } | null)?.kind
  if (!faultKinds.some((known) => known.kind === kind)) {
    throw new FaultError([`kind: expected one of ${faultKinds.map((known) => known.kind).join(', ')}`])
  }
  throw new FaultError(
    result.error.issues.map((issue) => `${issue.path.join('.') || 'fault'}: ${issue.message}`),
  )
}

const MATCH_FIELDS = new Set(['method', 'path', 'key', 'name'])

/**
 * Reads a fault from one command-line word: JSON, or `kind,field=value,…`, e.g. `late-activation,ms=500,times=1` or
 * `error,status=500,method=POST,path=/v1/keys`. Throws FaultError.
 */
export function parseFault(text: string): Fault {
  if (text.trimStart().startsWith('{')) {
    try {
      return checkFault(JSON.parse(text))
    } catch (error) {
      if (error instanceof FaultError) throw error
      throw new FaultError(['the text starts like JSON but is not valid JSON'])
    }
  }
  const [kind, ...pairs] = text.split(',').map((word) => word.trim())
  const fields: Record<string, unknown> = { kind }
  const match: Record<string, unknown> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new FaultError([`"${pair}": expected field=value`])
    const field = pair.slice(0, at)
    if (MATCH_FIELDS.has(field)) match[field] = pair.slice(at + 1)
    else fields[field] = readScalar(pair.slice(at + 1))
  }
  return checkFault(Object.keys(match).length === 0 ? fields : { ...fields, match })
}

function readScalar(text: string): unknown {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}
