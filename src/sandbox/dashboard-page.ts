import { html } from 'hono/html'
import type { FaultView } from './faults.ts'
import type { CreatedKey, KeyView } from './keys.ts'

type Html = ReturnType<typeof html>

/** Rows per table; the newest are shown. */
const MAX_ROWS = 200

/** Providers behind the generation API that a key can be limited to, with the names that people know. */
const PROVIDERS: readonly (readonly [string, string])[] = [
  ['google', 'Google Veo'],
  ['kling', 'Kling'],
  ['openai', 'OpenAI Sora'],
  ['runway', 'Runway'],
  ['hailuo', 'Hailuo'],
  ['vidu', 'Vidu'],
  ['luma', 'Luma'],
  ['pika', 'Pika'],
  ['pixverse', 'PixVerse'],
  ['wan', 'Wan'],
  ['hunyuan', 'Hunyuan'],
]

export interface KeysPage {
  keys: readonly KeyView[]
  faults: readonly FaultView[]
  /** Address of the gateway. */
  base: string
  /** The problem with the form, and the name that was entered. */
  problem?: string
  name?: string
  notice?: string
}

/** The main page: a form for a new key, the live keys, the revoked ones. */
export function keysPage(page: KeysPage): Html {
  const newestFirst = page.keys.toReversed()
  const live = newestFirst.filter((key) => key.state !== 'revoked')
  const revoked = newestFirst.filter((key) => key.state === 'revoked')
  return layout(
    'API keys',
    html`
      <div class="head">
        <h1>API keys</h1>
        <p class="muted">One key opens every model. Calls go to <code>${page.base}/api/v1/generation/…</code></p>
      </div>
      ${page.notice === undefined ? '' : html`<p class="notice" role="status">${page.notice}</p>`}
      ${tellFaults(page.faults)} ${tiles(page.keys, live.length)} ${createForm(page)}
      <section aria-labelledby="live">
        <h2 id="live">Live keys</h2>
        ${live.length === 0 ? html`<p class="card empty">No keys yet. Create the first one above.</p>` : keysTable(live, 'live')}
      </section>
      ${revoked.length === 0 ? '' : html`<details class="past"><summary>Revoked keys (${revoked.length})</summary>${keysTable(revoked, 'revoked')}</details>`}
    `,
  )
}

/** Shows the value of a new key, once. */
export function revealPage(created: CreatedKey): Html {
  return layout(
    'Key created',
    html`
      <section class="card reveal" aria-labelledby="created">
        <h1 id="created">Key created</h1>
        <p>Copy the value of <strong>${created.name}</strong> now. It is not shown again, not even on reload.</p>
        <output id="new-key" class="value" aria-label="Value of the new key">${created.key}</output>
        <dl>
          <dt>Scope</dt><dd>${scopeLabel(created.scope)}</dd>
          <dt>Fingerprint</dt><dd><code>${created.fingerprint}</code></dd>
        </dl>
        <p><a class="button" href="/dashboard">I have copied it</a></p>
      </section>
    `,
  )
}

export function errorPage(title: string, text: string): Html {
  return layout(
    title,
    html`<section class="card reveal"><h1>${title}</h1><p>${text}</p><p><a class="button" href="/dashboard">Back to the keys</a></p></section>`,
  )
}

function layout(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · ppt.video sandbox</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/dashboard/style.css">
  </head>
  <body>
    <header>
      <a class="brand" href="/dashboard"><span class="mark" aria-hidden="true"></span>ppt.video</a>
      <span class="badge">local sandbox</span>
      <span class="muted aside">A stand-in on this machine. Nothing here is real or billed.</span>
    </header>
    <main>${content}</main>
  </body>
</html>`
}

function tiles(keys: readonly KeyView[], liveCount: number): Html {
  let requests = 0
  let credits = 0
  for (const key of keys) {
    requests += countRequests(key)
    credits += key.credits
  }
  return html`<dl class="tiles">
    <div class="card"><dt>Live keys</dt><dd>${liveCount}</dd></div>
    <div class="card"><dt>Requests</dt><dd>${requests}</dd></div>
    <div class="card"><dt>Credits spent</dt><dd>${credits}</dd></div>
  </dl>`
}

function createForm(page: KeysPage): Html {
  const invalid = page.problem === undefined ? '' : html`aria-invalid="true" aria-describedby="problem"`
  return html`<section class="card" aria-labelledby="create">
    <h2 id="create">Create a key</h2>
    <form class="create" method="post" action="/dashboard/keys">
      <label>Name
        <input id="name" name="name" required maxlength="200" autocomplete="off" spellcheck="false"
          placeholder="e.g. renderer-production" value="${page.name ?? ''}" ${invalid}>
      </label>
      <label>Scope
        <select id="scope" name="scope">
          <option value="all">All models</option>
          ${PROVIDERS.map(([provider, label]) => html`<option value="${provider}">${label} only</option>`)}
        </select>
      </label>
      <button type="submit">Create key</button>
    </form>
    ${page.problem === undefined ? html`<p class="muted">The value is shown once, on the next page.</p>` : html`<p id="problem" class="problem" role="alert">${page.problem}</p>`}
  </section>`
}

function tellFaults(faults: readonly FaultView[]): Html | string {
  if (faults.length === 0) return ''
  const names = faults.map((fault) => `${fault.kind} (${fault.hits}×)`).join(', ')
  return html`<p class="notice warn"><strong>Faults are switched on:</strong> ${names}</p>`
}

function keysTable(keys: readonly KeyView[], label: string): Html {
  const shown = keys.slice(0, MAX_ROWS)
  return html`<div class="card table" role="region" aria-label="Table of ${label} keys" tabindex="0">
    <table>
      <thead><tr>
        <th scope="col">Name</th><th scope="col">Scope</th><th scope="col">Created</th><th scope="col">Last used</th>
        <th scope="col" class="number">Requests</th><th scope="col" class="number">Credits</th>
        <th scope="col">${label === 'live' ? html`<span class="hidden">Revoke</span>` : 'Revoked'}</th>
      </tr></thead>
      <tbody>${shown.map(keyRow)}</tbody>
    </table>
    ${keys.length > shown.length ? html`<p class="muted">The newest ${shown.length} of ${keys.length}.</p>` : ''}
  </div>`
}

function keyRow(key: KeyView): Html {
  const refused = key.requests[401] ?? 0
  return html`<tr>
    <th scope="row">${key.name}${key.state === 'disabled' ? html` <span class="badge">disabled</span>` : ''}
      <small><code title="First 16 hex digits of the SHA-256 of the value">${key.fingerprint}</code></small></th>
    <td>${scopeLabel(key.scope)}</td>
    <td>${writeTime(key.createdAt)}</td>
    <td>${writeTime(key.lastUsedAt)}</td>
    <td class="number">${countRequests(key)}${refused === 0 ? '' : html` <small>${refused} refused</small>`}</td>
    <td class="number">${key.credits}</td>
    <td>${key.state === 'revoked' ? writeTime(key.revokedAt) : revokeForm(key)}</td>
  </tr>`
}

/** Revoking is final, so it takes two steps, without a script. */
function revokeForm(key: KeyView): Html {
  return html`<details class="confirm">
    <summary>Revoke<span class="hidden"> ${key.name}</span>…</summary>
    <form method="post" action="/dashboard/keys/${key.id}/revoke">
      <button class="danger" type="submit">Revoke for good<span class="hidden">: ${key.name}</span></button>
    </form>
  </details>`
}

function scopeLabel(scope: string): string {
  if (scope === 'all') return 'All models'
  return PROVIDERS.find(([provider]) => provider === scope)?.[1] ?? scope
}

function countRequests(key: KeyView): number {
  return Object.values(key.requests).reduce((sum, count) => sum + count, 0)
}

function writeTime(at: number | null): Html {
  if (at === null) return html`<span class="muted">never</span>`
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} <span class="clock">${iso.slice(11, 16)} UTC</span></time>`
}
