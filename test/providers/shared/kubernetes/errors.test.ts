/* What each refusal of an API server says, for any kind of object. */

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import {
  isExpired,
  isUnauthorized,
  type Subject,
  toApiError,
} from '../../../../providers/shared/kubernetes/errors.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

const deployment: Subject = {
  verb: 'patch',
  group: 'apps',
  resource: 'deployments',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
}
const quoted = 'a-value-that-the-server-quotes'
const forbidden = `deployments.apps "web" is forbidden: User "${quoted}" cannot patch resource "deployments"`

function refuse(status: number, subject: Subject = deployment, message: string = quoted) {
  const body = new SecretValue(JSON.stringify({ kind: 'Status', message }))
  const asked = { provider: 'web', about: 'PATCH 127.0.0.1/apis', mutates: true }
  return toApiError({ status, headers: {}, body, subject: asked }, subject, () => undefined)
}

describe('an error names what was asked, the meaning and what to do', () => {
  const rows: readonly [number, string, string, RegExp][] = [
    [401, 'denied', 'the API server refused the credentials (401)', /token or the certificate/],
    [404, 'not_found', 'the Deployment does not exist', /correct its name or namespace/],
    [409, 'conflict', 'it was changed at the same time', /Read it again/],
    [410, 'conflict', 'the place to go on from is too old (410)', /from its beginning/],
    [422, 'invalid', 'the API server refused it (422): the Deployment would not be valid', /kubectl explain/],
  ]
  test.each(rows)('%i', (status, code, says, nextStep) => {
    const error = refuse(status)
    assert.equal(error.message, `web: patch of Deployment shop/web: ${says}`)
    assert.match(error.nextStep, nextStep)
    assert.deepEqual([error.code, error.effect], [code, 'none'])
    assert.ok(!`${error.message} ${error.nextStep}`.includes(quoted))
    assert.equal(isUnauthorized(error), status === 401)
    assert.equal(isExpired(error), status === 410)
  })

  test('429 and 503, which mean the same everywhere', () => {
    assert.equal(refuse(429).code, 'throttled')
    assert.deepEqual([refuse(503).code, refuse(503).effect], ['unavailable', 'unknown'])
  })
})

describe('a missing grant is printed as the rule to add', () => {
  const list = { group: '', verb: 'list', resource: 'pods', kind: 'Pod', namespace: 'shop' } as const
  const everywhere = {
    verb: 'list',
    group: 'keyrota.dev',
    resource: 'managedkeys',
    kind: 'ManagedKey',
  } as const
  const status = { ...deployment, resource: 'deployments/status' }
  const rows: readonly [string, Subject, string][] = [
    [
      'a named object',
      deployment,
      '{ apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["patch"] }` in a Role in the namespace shop',
    ],
    [
      'a subresource',
      status,
      '{ apiGroups: ["apps"], resources: ["deployments/status"], resourceNames: ["web"], verbs: ["patch"] }` in a Role in the namespace shop',
    ],
    [
      'a list, which has no names',
      list,
      '{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }` in a Role in the namespace shop',
    ],
    [
      'a creation, which cannot be limited to a name',
      { ...deployment, verb: 'create' },
      '{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }` in a Role in the namespace shop',
    ],
    [
      'all namespaces',
      everywhere,
      '{ apiGroups: ["keyrota.dev"], resources: ["managedkeys"], verbs: ["list"] }` in a ClusterRole',
    ],
  ]
  test.each(rows)('%s', (_, subject, rule) => {
    const error = refuse(403, subject, forbidden)
    assert.match(error.message, new RegExp(`the account lacks the verb "${subject.verb}"$`))
    assert.ok(error.nextStep.includes(rule), error.nextStep)
    assert.ok(!error.nextStep.includes(quoted))
  })

  test('but not where an admission policy forbids it', () => {
    const error = refuse(403, deployment, `admission webhook "${quoted}" denied the request`)
    assert.match(error.message, /an admission policy of the cluster forbids it$/)
  })
})

test('an object in a namespace of its own is told from a resource that the cluster does not know', () => {
  const list: Subject = { verb: 'list', group: 'keyrota.dev', resource: 'managedkeys', kind: 'ManagedKey' }
  const error = refuse(404, list)
  assert.match(
    error.message,
    /list of managedkeys in all namespaces: the cluster does not know managedkeys\.keyrota\.dev/,
  )
  assert.match(error.nextStep, /CustomResourceDefinition/)
})
