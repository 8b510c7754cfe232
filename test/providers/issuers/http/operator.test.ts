import { describe, expect, test } from 'vitest'
import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { OperatorIssuer } from '../../../../src/contracts/key-issuer.ts'
import { lifecycleRules } from '../../../../src/contracts/lifecycle.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { call, useService, value } from './service.ts'

const service = useService()

describe('operator', () => {
  const dashboard = {
    auth: { management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } } },
    vars: { account: 'studio' },
    lifecycle: 'operator',
    operator: {
      dashboard: 'https://dash.example.com/keys',
      create: {
        steps: ['Sign in as {{ vars.account }}', 'Create the key {{ name }}', 'Leave {{ current_name }}'],
      },
    },
    revoke: { request: 'POST /revoke', json: { key: '{{ value }}' } },
    probe: { request: 'GET /me', accepted: 200, rejected: 401 },
  }
  const makeIt = (change: object = {}) =>
    make(options.parse({ base: service.url, ...dashboard, ...change }), {
      name: 'dash',
      stateFolder: '/nowhere',
    }) as OperatorIssuer

  test('steps, links and probe come from the config, and the API may end what a person made', async () => {
    service.answer = () => ({ status: 200 })
    const issuer = makeIt()
    const task = issuer.task('create', { name: 'keyrota-app-1' })
    expect(task).toMatchObject({
      url: 'https://dash.example.com/keys',
      steps: ['Sign in as studio', 'Create the key keyrota-app-1', 'Leave the key in use'],
    })
    expect((await issuer.probe(material({ value }), call())).verdict).toBe('accepted')
    await issuer.revoke?.({ material: material({ value }) }, call())
    expect(JSON.parse(service.seen.at(-1)?.body ?? '')).toEqual({ key: value })
    await expect(issuer.revoke?.({}, call())).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('without a request a person ends keys too, by the steps that are described', () => {
    const steps = {
      ...dashboard.operator,
      revoke: { url: 'https://dash.example.com/{{ name }}', steps: ['Delete it'] },
    }
    const issuer = makeIt({ revoke: undefined, operator: steps })
    expect(issuer.revoke).toBeUndefined()
    expect(issuer.task('revoke', { name: 'keyrota-app-1' })).toMatchObject({
      url: 'https://dash.example.com/keyrota-app-1',
      steps: ['Delete it', 'Its name: keyrota-app-1'],
    })
  })
})

test('the table says who makes and who ends a key', () => {
  const operator = { lifecycle: 'operator' as const, traits: { parts: ['value'], settleMs: 0 } }
  expect(lifecycleRules(operator)).toMatchObject({ create: 'person', endOld: 'person', discardNew: 'person' })
  expect(lifecycleRules({ ...operator, canRevoke: true })).toMatchObject({
    create: 'person',
    endOld: 'revoke',
    discardNew: 'revoke',
  })
})
