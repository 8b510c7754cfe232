import { afterEach, describe, expect, test } from 'vitest'
import type { RequestReport } from '../../src/sandbox/admin.ts'
import type { Sandbox } from '../../src/sandbox/gateway.ts'
import { closeAll, generate, makeKey, manage, start } from './client.ts'

afterEach(closeAll)

function admin(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Response> {
  return fetch(`${sandbox.adminUrl}${path}`, {
    method,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

describe('admin route', () => {
  test('switches faults on and off while the gateway runs', async () => {
    const sandbox = await start()
    const added = await admin(sandbox, 'POST', '/faults', { kind: 'reject-all' })
    const { id } = (await added.json()) as { id: string }
    expect(added.status).toBe(201)
    const { key } = sandbox.createKey({ name: 'renderer' })
    expect(await generate(sandbox, key)).toBe(401)
    expect(await (await admin(sandbox, 'GET', '/faults')).json()).toMatchObject({ faults: [{ id, hits: 1 }] })
    expect((await admin(sandbox, 'DELETE', `/faults/${id}`)).status).toBe(200)
    expect((await admin(sandbox, 'DELETE', `/faults/${id}`)).status).toBe(404)
    expect(await generate(sandbox, key)).toBe(422)
    sandbox.addFault({ kind: 'drop' })
    expect(await (await admin(sandbox, 'DELETE', '/faults')).json()).toEqual({ removed: 1 })
  })

  test.each([[[]], ['x'], [{ kind: 'explode' }], [{ kind: 'slow' }], [{ kind: 'drop', extra: 1 }]])(
    'refuses the fault %j and says why',
    async (body) => {
      const sandbox = await start()
      const response = await admin(sandbox, 'POST', '/faults', body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_fault' } })
      expect(sandbox.listFaults()).toEqual([])
    },
  )

  test('shows all keys with fingerprints and never a value', async () => {
    const sandbox = await start({ keys: [{ name: 'seeded', value: 'a-value-of-our-own-choice' }] })
    const made = await makeKey(sandbox, 'made')
    sandbox.revokeKey(made.id)
    const text = await (await admin(sandbox, 'GET', '/keys')).text()
    expect(JSON.parse(text)).toMatchObject({
      keys: [
        { name: 'seeded', state: 'active', fingerprint: sandbox.keys[0]?.fingerprint },
        { id: made.id, state: 'revoked', accepted: false },
      ],
    })
    expect(text).not.toContain(made.key)
    expect(text).not.toContain('a-value-of-our-own-choice')
    expect(sandbox.keys[0]?.key).toBe('a-value-of-our-own-choice')
  })

  test('counts requests by key, method, path and status', async () => {
    const sandbox = await start()
    const { id, key } = await makeKey(sandbox, 'renderer')
    await generate(sandbox, key)
    await generate(sandbox, key)
    await generate(sandbox, 'unknown-to-the-gateway')
    await manage(sandbox, 'DELETE', `/${id}`)
    const report = (await (await admin(sandbox, 'GET', '/requests')).json()) as RequestReport
    expect(report).toMatchObject({
      total: 5,
      byKey: [{ id, statuses: { 422: 2 } }, { statuses: { 401: 1 } }],
    })
    expect(report.rows).toContainEqual({
      fingerprint: null,
      method: 'DELETE',
      path: '/v1/keys/:id',
      status: 200,
      count: 1,
    })
  })

  test('reset removes keys, faults, counts and remembered responses', async () => {
    const sandbox = await start()
    const header = { 'idempotency-key': 'mark-1' }
    await manage(sandbox, 'POST', '', { name: 'renderer' }, header)
    sandbox.addFault({ kind: 'lying-revoke' })
    expect((await admin(sandbox, 'POST', '/reset')).status).toBe(200)
    expect([sandbox.listKeys(), sandbox.listFaults(), sandbox.requests().total]).toEqual([[], [], 0])
    const again = await manage(sandbox, 'POST', '', { name: 'renderer' }, header)
    expect(again.headers.get('idempotency-replayed')).toBeNull()
  })

  test('with an admin token, every route requires it', async () => {
    const sandbox = await start({ adminToken: 'the-admin-token' })
    for (const [method, path] of [
      ['GET', '/keys'],
      ['GET', '/requests'],
      ['POST', '/faults'],
      ['POST', '/reset'],
    ] as const) {
      expect((await admin(sandbox, method, path)).status).toBe(401)
      expect((await admin(sandbox, method, path, undefined, sandbox.managementToken)).status).toBe(401)
    }
    expect((await admin(sandbox, 'GET', '/keys', undefined, 'the-admin-token')).status).toBe(200)
  })

  test('faults never reach the admin route', async () => {
    const sandbox = await start({ faults: [{ kind: 'error', match: { path: '/**' } }] })
    expect((await admin(sandbox, 'GET', '/keys')).status).toBe(200)
    expect((await admin(sandbox, 'GET', '/nothing')).status).toBe(404)
    expect((await fetch(sandbox.dashboardUrl)).status).toBe(503)
  })
})
