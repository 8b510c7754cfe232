const LIMIT_MS = 10_000

/*
 * A scripted person at the dashboard: fills in the same forms and reads the same pages as a browser shows.
 */

/** Creates a key and returns the value that the page shows once. @throws Error if the page shows none */
export async function createKey(dashboardUrl: string, name: string): Promise<string> {
  const page = await post(`${dashboardUrl}/keys`, new URLSearchParams({ name, scope: 'all' }))
  const value = /<output id="new-key"[^>]*>([^<]+)<\/output>/.exec(page)?.[1]
  if (value === undefined) throw new Error('the dashboard showed no new key')
  return value
}

/** Finds the key with this fingerprint in the table and revokes it. @throws Error if it is not there */
export async function revokeKey(dashboardUrl: string, fingerprint: string): Promise<void> {
  const response = await fetch(dashboardUrl, { signal: AbortSignal.timeout(LIMIT_MS) })
  const rows = (await response.text()).split('<tr>')
  const row = rows.find((one) => one.includes(fingerprint))
  const action = /action="([^"]+\/revoke)"/.exec(row ?? '')?.[1]
  if (action === undefined) throw new Error(`the dashboard shows no live key ${fingerprint}`)
  await post(new URL(action, dashboardUrl).href, new URLSearchParams())
}

/** Submits a form and follows the redirect, as a browser does. */
async function post(url: string, form: URLSearchParams): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: form, signal: AbortSignal.timeout(LIMIT_MS) })
  if (!response.ok) throw new Error(`the dashboard returned ${response.status}`)
  return response.text()
}
