import type { NewKey } from './keys.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: its purpose is to refuse control characters.
const NAME = /^[^\u0000-\u001f\u007f]{1,200}$/
const SCOPE = /^[a-z0-9][a-z0-9.-]{0,63}$/
const ID = /^[A-Za-z0-9_-]{4,64}$/

/** Validates a request for a new key. Returns the problem as one sentence if it is invalid. */
export function checkNewKey(wanted: Record<string, unknown>): NewKey | string {
  const { name, scope, id, expires_at: expiry } = wanted
  if (typeof name !== 'string' || !NAME.test(name.trim())) {
    return 'name: expected 1 to 200 characters without control characters'
  }
  if (scope !== undefined && !(typeof scope === 'string' && SCOPE.test(scope))) {
    return 'scope: expected "all" or the name of one provider, e.g. "google"'
  }
  if (id !== undefined && !(typeof id === 'string' && ID.test(id))) {
    return 'id: expected 4 to 64 letters, digits, _ or -'
  }
  const expiresAt = expiry === undefined || expiry === null ? undefined : Date.parse(String(expiry))
  if (Number.isNaN(expiresAt)) return 'expires_at: expected a time like 2030-01-31T00:00:00Z'
  return { name: name.trim(), scope, id, expiresAt }
}
