import { Hono } from 'hono'
import type { FaultBook } from './faults.ts'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { fingerprintText, readBearer, readJsonObject, refuse } from './http.ts'
import { makeRandom } from './key-value.ts'
import type { KeyBook } from './keys.ts'

const CREDITS_PER_VIDEO = 1
const MAX_PROMPT_CHARS = 4000

interface FieldProblem {
  field: string
  message: string
}

/**
 * `POST /api/v1/generation/<provider>/<model>`, the same for every model family. As ppt.video documents, the key is
 * checked before the body: 401 for an invalid key whatever the body, 422 for a valid key with an invalid body, and 200
 * with a task id (and credits spent) for a valid body. A key whose scope is another provider gets 403, which is the
 * sandbox's own choice: the service does not document that case.
 */
export function generationRoutes(keys: KeyBook, faults: FaultBook): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()
  app.post('/api/v1/generation/:provider/:model{.+}', (c) => {
    const value = readBearer(c)
    const answer = generate(c, value, keys, faults)
    if (value !== undefined) keys.note(value, answer.status, answer.status === 200 ? CREDITS_PER_VIDEO : 0)
    return answer
  })
  return app
}

function generate(c: SandboxContext, value: string | undefined, keys: KeyBook, faults: FaultBook): Response {
  const grant = value === undefined ? undefined : authenticate(c, value, keys, faults)
  if (grant === undefined) {
    c.header('WWW-Authenticate', 'Bearer')
    return refuse(c, 401, 'invalid_api_key', 'The API key is missing, unknown or revoked.')
  }
  const { provider = '', model = '' } = c.req.param() as { provider?: string; model?: string }
  if (grant.scope !== 'all' && grant.scope !== provider) {
    return refuse(c, 403, 'out_of_scope', 'This API key may not call this provider.')
  }
  const problems = checkBody(c)
  if (problems.length > 0) {
    const error = { code: 'invalid_body', message: 'The request body is not valid.', fields: problems }
    return c.json({ error }, 422)
  }
  const task = { task_id: `task_${makeRandom(20)}`, status: 'queued', model: `${provider}/${model}` }
  return c.json({ ...task, credits: CREDITS_PER_VIDEO })
}

function authenticate(
  c: SandboxContext,
  value: string,
  keys: KeyBook,
  faults: FaultBook,
): { scope: string } | undefined {
  const { method, path } = c.req
  const fault = faults.take(['reject-all', 'accept-all'], { method, path, key: fingerprintText(value) })
  if (fault?.kind === 'reject-all') return undefined
  const grant = keys.authenticate(value)
  return grant ?? (fault?.kind === 'accept-all' ? { scope: 'all' } : undefined)
}

function checkBody(c: SandboxContext): FieldProblem[] {
  const body = readJsonObject(c)
  if (body === undefined) return [{ field: '', message: 'expected a JSON object' }]
  const problems: FieldProblem[] = []
  const { prompt, duration, aspect_ratio: aspectRatio } = body
  if (typeof prompt !== 'string' || prompt.trim() === '' || prompt.length > MAX_PROMPT_CHARS) {
    problems.push({ field: 'prompt', message: `expected a text of 1 to ${MAX_PROMPT_CHARS} characters` })
  }
  if (
    duration !== undefined &&
    !(Number.isInteger(duration) && Number(duration) >= 1 && Number(duration) <= 60)
  ) {
    problems.push({ field: 'duration', message: 'expected whole seconds from 1 to 60' })
  }
  if (
    aspectRatio !== undefined &&
    !(typeof aspectRatio === 'string' && /^\d{1,2}:\d{1,2}$/.test(aspectRatio))
  ) {
    problems.push({ field: 'aspect_ratio', message: 'expected a ratio like 16:9' })
  }
  return problems
}
