import { Hono } from 'hono'
import { errorPage, keysPage, revealPage } from './dashboard-page.ts'
import { dashboardStyle } from './dashboard-style.ts'
import type { FaultBook } from './faults.ts'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { makeRandom } from './key-value.ts'
import type { CreatedKey, KeyBook } from './keys.ts'
import { KeyError } from './keys.ts'
import { checkNewKey } from './new-key.ts'

const MAX_REVEALS = 100

/** New keys whose value has not been shown yet, by the random name of the page that shows it once. */
export type Reveals = Map<string, CreatedKey>

/**
 * The page where a person creates and revokes keys: plain forms, no script. A scripted person posts `name` and `scope` to
 * `/dashboard/keys` and follows the redirect; the value is the text of the element `new-key`. To revoke a key, post to
 * `/dashboard/keys/<id>/revoke`.
 */
export function dashboardRoutes(keys: KeyBook, faults: FaultBook, reveals: Reveals): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()
  const show = (c: SandboxContext, extra: { problem?: string; name?: string; notice?: string } = {}) =>
    keysPage({ keys: keys.all(), faults: faults.list(), base: `http://${c.req.header('host')}`, ...extra })
  app.get('/', (c) => c.redirect('/dashboard'))
  app.get('/dashboard/style.css', (c) =>
    c.body(dashboardStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }),
  )
  app.get('/dashboard', (c) => {
    const revoked = keys.all().find((key) => key.id === c.req.query('revoked'))
    return c.html(show(c, revoked === undefined ? {} : { notice: `“${revoked.name}” was revoked.` }))
  })
  app.post('/dashboard/keys', (c) => {
    const form = new URLSearchParams(c.var.body.toString('utf8'))
    const made = createFromForm(form, keys)
    if (typeof made === 'string') return c.html(show(c, { problem: made, name: form.get('name') ?? '' }), 422)
    return c.redirect(`/dashboard/created/${holdForReveal(reveals, made)}`, 303)
  })
  app.get('/dashboard/created/:page', (c) => {
    const created = reveals.get(c.req.param('page'))
    reveals.delete(c.req.param('page'))
    return created === undefined
      ? c.html(
          errorPage(
            'This key was shown already',
            'A value is shown once. If it was not kept, revoke the key and create another.',
          ),
          410,
        )
      : c.html(revealPage(created))
  })
  app.post('/dashboard/keys/:id/revoke', (c) => {
    const id = c.req.param('id')
    return keys.revoke(id)
      ? c.redirect(`/dashboard?revoked=${encodeURIComponent(id)}`, 303)
      : c.html(errorPage('No such key', 'It does not exist, or it was revoked before.'), 404)
  })
  return app
}

function createFromForm(form: URLSearchParams, keys: KeyBook): CreatedKey | string {
  const wanted = checkNewKey({ name: form.get('name') ?? '', scope: form.get('scope') || 'all' })
  if (typeof wanted === 'string') return wanted
  try {
    return keys.create(wanted)
  } catch (error) {
    if (error instanceof KeyError) return error.message
    throw error
  }
}

/** The form redirects, so that a reload creates no second key. The value is kept until it has been shown once. */
function holdForReveal(reveals: Reveals, created: CreatedKey): string {
  const [oldest] = reveals.keys()
  if (reveals.size >= MAX_REVEALS && oldest !== undefined) reveals.delete(oldest)
  const page = makeRandom(24)
  reveals.set(page, created)
  return page
}
