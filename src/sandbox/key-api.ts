import { Hono } from 'hono'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { hashText, readJsonObject, refuse, requireToken } from './http.ts'
import type { CreatedKey, KeyBook, KeyView } from './keys.ts'
import { KeyError } from './keys.ts'
import { checkNewKey } from './new-key.ts'

const DEFAULT_PAGE = 50
const MAX_PAGE = 100
const MAX_REMEMBERED_ANSWERS = 1000
const MAX_IDEMPOTENCY_KEY_CHARS = 255

interface RememberedAnswer {
  bodyHash: string
  created: CreatedKey
}

/** First responses by `Idempotency-Key`; the only place that keeps values. */
export type RememberedAnswers = Map<string, RememberedAnswer>

/**
 * A plain REST key API, which ppt.video does not have: create, list, get, disable, enable, revoke by id and by value.
 * Times are ISO 8601. A key that is revoked or never existed is 404. A name, id or value that is taken, and too many
 * keys, are 409 with codes of their own.
 */
export function keyApiRoutes(
  keys: KeyBook,
  managementToken: string,
  answers: RememberedAnswers,
): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()
  app.use('/v1/*', requireToken(managementToken))
  app.post('/v1/keys', (c) => createKey(c, keys, answers))
  app.get('/v1/keys', (c) => listKeys(c, keys))
  app.post('/v1/keys/revoke', (c) => revokeByValue(c, keys))
  app.get('/v1/keys/:id', (c) => answerView(c, keys.find(c.req.param('id'))))
  app.delete('/v1/keys/:id', (c) => {
    const id = c.req.param('id')
    return keys.revoke(id) ? c.json({ id, revoked: true }) : refuseUnknown(c)
  })
  app.post('/v1/keys/:id/disable', (c) => answerView(c, keys.setDisabled(c.req.param('id'), true)))
  app.post('/v1/keys/:id/enable', (c) => answerView(c, keys.setDisabled(c.req.param('id'), false)))
  return app
}

/**
 * With an `Idempotency-Key` header, a repeat with the same body gets the first response again, including the value, and
 * one with another body gets 422.
 */
function createKey(c: SandboxContext, keys: KeyBook, answers: RememberedAnswers): Response {
  const token = c.req.header('idempotency-key')
  if (token !== undefined && (token === '' || token.length > MAX_IDEMPOTENCY_KEY_CHARS)) {
    return refuse(
      c,
      400,
      'invalid',
      `Idempotency-Key: expected 1 to ${MAX_IDEMPOTENCY_KEY_CHARS} characters.`,
    )
  }
  const bodyHash = hashText(c.var.body.toString('utf8'))
  const known = token === undefined ? undefined : answers.get(token)
  if (known !== undefined) {
    if (known.bodyHash !== bodyHash) {
      return refuse(c, 422, 'idempotency_mismatch', 'This Idempotency-Key was used with another body.')
    }
    c.header('Idempotency-Replayed', 'true')
    return answerCreated(c, known.created)
  }
  const wanted = checkNewKey(readJsonObject(c) ?? {})
  if (typeof wanted === 'string') return refuse(c, 400, 'invalid', wanted)
  try {
    const created = keys.create(wanted)
    if (token !== undefined) remember(answers, token, { bodyHash, created })
    return answerCreated(c, created)
  } catch (error) {
    if (error instanceof KeyError) return refuse(c, 409, error.code, error.message)
    throw error
  }
}

function remember(answers: RememberedAnswers, token: string, answer: RememberedAnswer): void {
  const [oldest] = answers.keys()
  if (answers.size >= MAX_REMEMBERED_ANSWERS && oldest !== undefined) answers.delete(oldest)
  answers.set(token, answer)
}

function answerCreated(c: SandboxContext, created: CreatedKey): Response {
  const { id, key, name, scope, createdAt, expiresAt } = created
  const times = { created_at: writeTime(createdAt), expires_at: writeTime(expiresAt) }
  return c.json({ id, key, name, scope, ...times }, 201)
}

function listKeys(c: SandboxContext, keys: KeyBook): Response {
  const limit = Number(c.req.query('limit') ?? DEFAULT_PAGE)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    return refuse(c, 400, 'invalid', `limit: expected a number from 1 to ${MAX_PAGE}.`)
  }
  const cursor = c.req.query('cursor')
  const afterSeq = cursor === undefined || cursor === '' ? 0 : readCursor(cursor)
  if (afterSeq === undefined)
    return refuse(c, 400, 'invalid', 'cursor: expected the next_cursor of a previous page.')
  const page = keys.page(afterSeq, limit)
  const next = page.nextSeq === null ? null : Buffer.from(`after:${page.nextSeq}`).toString('base64url')
  return c.json({ data: page.keys.map(writeView), next_cursor: next, has_more: next !== null })
}

function readCursor(cursor: string): number | undefined {
  const digits = /^after:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function revokeByValue(c: SandboxContext, keys: KeyBook): Response {
  const value = readJsonObject(c)?.key
  if (typeof value !== 'string' || value === '')
    return refuse(c, 400, 'invalid', 'key: expected the value of a key.')
  const view = keys.findByValue(value)
  if (view === undefined || !keys.revoke(view.id)) return refuseUnknown(c)
  return c.json({ id: view.id, revoked: true })
}

function answerView(c: SandboxContext, view: KeyView | undefined): Response {
  return view === undefined ? refuseUnknown(c) : c.json(writeView(view))
}

function refuseUnknown(c: SandboxContext): Response {
  return refuse(c, 404, 'not_found', 'There is no such live key.')
}

function writeView(view: KeyView): Record<string, unknown> {
  const { id, name, scope, state, createdAt, expiresAt, lastUsedAt } = view
  return {
    id,
    name,
    scope,
    disabled: state === 'disabled',
    created_at: writeTime(createdAt),
    expires_at: writeTime(expiresAt),
    last_used_at: writeTime(lastUsedAt),
  }
}

function writeTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
