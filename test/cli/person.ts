/*
 * A scripted person at the sandbox's dashboard. Everything goes through the forms of the page, as a browser would
 * send them.
 */

/** Creates a key with this name and returns the value that the page shows once. */
export async function createAtDashboard(gateway: string, name: string): Promise<string> {
  const page = await postForm(`${gateway}/dashboard/keys`, { name, scope: 'all' })
  const value = /id="new-key"[^>]*>([^<]+)</.exec(page)?.[1]
  if (value === undefined) throw new Error(`the dashboard shows no new key named ${name}`)
  return value
}

/** Deletes the key with this id. */
export async function deleteAtDashboard(gateway: string, id: string): Promise<void> {
  await postForm(`${gateway}/dashboard/keys/${id}/revoke`, {})
}

async function postForm(url: string, fields: Record<string, string>): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
  const text = await response.text()
  if (!response.ok) throw new Error(`the dashboard answered ${response.status}`)
  return text
}
