import assert from 'node:assert/strict'
import { test } from 'vitest'
import { toVaultError } from '../../../../providers/stores/vault/errors.ts'
import type { Effect, ErrorCode } from '../../../../src/contracts/errors.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

const login = { who: 'the role app at auth/kubernetes', nextStep: 'Check the role app.' }
const grant = { capability: 'update' as const, path: 'secret/data/app' }

/** What comes of the answer to a write, or to a login. */
function judge(status: number, errors: readonly string[], about: object = { grant }) {
  const body = new SecretValue(JSON.stringify({ errors }))
  const subject = { provider: 'vault', about: 'POST vault.test/v1/secret/data/app', mutates: true }
  return toVaultError({ status, headers: {}, body, subject }, about)
}

// From the sources of HashiCorp Vault, its plug-ins and OpenBao, and https://developer.hashicorp.com/vault/api-docs.
const answers: readonly [status: number, text: string, code: ErrorCode, effect: Effect, says: RegExp][] = [
  [
    400,
    'check-and-set parameter did not match the current version',
    'conflict',
    'none',
    /another write came in between/,
  ],
  [
    400,
    'Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.',
    'unavailable',
    'none',
    /being upgraded/,
  ],
  [
    400,
    'Waiting for the primary to upgrade from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service when the primary is finished.',
    'unavailable',
    'none',
    /being upgraded/,
  ],
  [403, '1 error occurred:\n\t* permission denied\n\n', 'denied', 'none', /"update" on secret\/data\/app/],
  [404, '', 'not_found', 'none', /not found/],
  [
    404,
    'no handler for route "kv/data/app". route entry not found.',
    'invalid',
    'none',
    /nothing is mounted/,
  ],
  [404, 'namespace not found', 'invalid', 'none', /the namespace does not exist/],
  [412, 'required index state not present', 'unavailable', 'none', /not caught up/],
  [413, 'http: request body too large', 'invalid', 'none', /too large/],
  [429, 'request path "secret/data/app": rate limit quota exceeded', 'throttled', 'none', /too many/],
  [472, '', 'unavailable', 'none', /standby/],
  [473, '', 'unavailable', 'none', /standby/],
  [307, '', 'unavailable', 'none', /standby/],
  [500, 'local node not active but active cluster node not found', 'unavailable', 'none', /standby/],
  [500, 'Vault is in standby mode', 'unavailable', 'none', /standby/],
  [500, 'internal error', 'unavailable', 'unknown', /service failed/],
  [502, '', 'unavailable', 'unknown', /service failed/],
  [503, 'Vault is sealed', 'unavailable', 'unknown', /sealed/],
  [
    503,
    'API access to this namespace has been locked by an administrator - "unlock" must be called',
    'unavailable',
    'none',
    /locked the namespace/,
  ],
]

for (const [status, text, code, effect, says] of answers) {
  test(`${status} ${text.slice(0, 50).trim()} is ${code}`, () => {
    const error = judge(status, text === '' ? [] : [text])
    assert.deepEqual([error.code, error.effect], [code, effect])
    assert.match(error.message, says)
  })
}

test('a refused login names who signs in, whatever status and text the server returns', () => {
  const refusals: readonly [number, string][] = [
    [400, 'invalid role name "app"'],
    [400, 'invalid role or secret ID'],
    [400, 'invalid secret id'],
    [400, 'invalid role ID'],
    [400, 'failed to validate SecretID: failed to find secondary index for role_id "x"'],
    [400, 'missing jwt'],
    [403, 'permission denied'],
    [403, 'namespace not authorized'],
    [403, 'service account name not authorized'],
    [403, 'invalid audience (aud) claim: audience claim does not match any expected audience'],
    [500, 'namespace not authorized'],
    [500, 'service account name not authorized'],
    [500, 'claim "iss" is invalid'],
    [500, 'source address "10.0.0.1" unauthorized through CIDR restrictions on the secret ID'],
  ]
  for (const [status, text] of refusals) {
    const error = judge(status, [text], { login })
    assert.equal(error.code, 'denied', text)
    assert.match(error.message, /the role app at auth\/kubernetes/)
    assert.equal(error.nextStep, login.nextStep)
  }
})

test('a login that was not refused for its own sake says what prevented it', () => {
  const others: readonly [number, string, ErrorCode, RegExp][] = [
    [503, 'Vault is sealed', 'unavailable', /sealed/],
    [500, 'local node not active but active cluster node not found', 'unavailable', /standby/],
    [500, 'internal error', 'unavailable', /service failed/],
    [404, 'namespace not found', 'invalid', /the namespace does not exist/],
    [404, "no handler for route 'auth/kubernetes/login'", 'invalid', /the role app at auth\/kubernetes/],
    [429, 'request path "auth/kubernetes/login": lease count quota exceeded', 'throttled', /too many/],
  ]
  for (const [status, text, code, says] of others) {
    const error = judge(status, [text], { login })
    assert.equal(error.code, code, text)
    assert.match(error.message, says)
  }
})
