import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, generate, listNames, type MadeKey, makeKey, manage, start } from './client.ts'

afterEach(closeAll)

describe('key API', () => {
  test('creates a key that works, and shows its value once', async () => {
    const sandbox = await start()
    const response = await manage(sandbox, 'POST', '', { name: 'renderer' })
    const made = (await response.json()) as MadeKey
    expect(response.status).toBe(201)
    expect(made).toMatchObject({ name: 'renderer', scope: 'all', expires_at: null })
    expect(made.key).toMatch(/^ppt_live_[0-9A-Za-z]{40}$/)
    expect(Number.isNaN(Date.parse(made.created_at))).toBe(false)
    expect(await generate(sandbox, made.key)).toBe(422)
    for (const path of ['', `/${made.id}`]) {
      const text = await (await manage(sandbox, 'GET', path)).text()
      expect(text).toContain(made.id)
      expect(text).not.toContain(made.key)
    }
  })

  test('every route requires the management token', async () => {
    const sandbox = await start({ managementToken: 'sandbox-management-token' })
    for (const [method, path] of [
      ['POST', ''],
      ['GET', ''],
      ['DELETE', '/key_1'],
      ['POST', '/revoke'],
    ] as const) {
      const response = await manage(sandbox, method, path, method === 'GET' ? undefined : { name: 'x' }, {
        authorization: 'Bearer guess',
      })
      expect(response.status).toBe(401)
    }
    expect(sandbox.listKeys()).toEqual([])
  })

  test('pages on by cursor without a gap or a repeat while keys come and go', async () => {
    const sandbox = await start()
    for (let at = 0; at < 5; at += 1) sandbox.createKey({ name: `key-${at}` })
    const first = (await (await manage(sandbox, 'GET', '?limit=2')).json()) as ListPage
    sandbox.revokeKey(first.data[0]?.id ?? '')
    sandbox.createKey({ name: 'key-5' })
    const second = (await (
      await manage(sandbox, 'GET', `?limit=2&cursor=${first.next_cursor}`)
    ).json()) as ListPage
    const third = (await (
      await manage(sandbox, 'GET', `?limit=2&cursor=${second.next_cursor}`)
    ).json()) as ListPage
    const names = [first, second, third].flatMap((page) => page.data.map((key) => key.name))
    expect(names).toEqual(['key-0', 'key-1', 'key-2', 'key-3', 'key-4', 'key-5'])
    expect([second.has_more, third.has_more, third.next_cursor]).toEqual([true, false, null])
  })

  test.each(['?limit=0', '?limit=101', '?limit=two', '?cursor=nonsense'])('refuses %s', async (query) => {
    expect((await manage(await start(), 'GET', query)).status).toBe(400)
  })

  test('revokes by id and by value, and says not found the second time', async () => {
    const sandbox = await start()
    const one = await makeKey(sandbox, 'one')
    const two = await makeKey(sandbox, 'two')
    expect((await manage(sandbox, 'DELETE', `/${one.id}`)).status).toBe(200)
    expect((await manage(sandbox, 'POST', '/revoke', { key: two.key })).status).toBe(200)
    expect([await generate(sandbox, one.key), await generate(sandbox, two.key)]).toEqual([401, 401])
    expect(await listNames(sandbox)).toEqual([])
    expect((await manage(sandbox, 'DELETE', `/${one.id}`)).status).toBe(404)
    expect((await manage(sandbox, 'GET', `/${one.id}`)).status).toBe(404)
    expect((await manage(sandbox, 'POST', '/revoke', { key: two.key })).status).toBe(404)
    expect((await manage(sandbox, 'POST', `/${one.id}/enable`)).status).toBe(404)
  })

  test('a disabled key is refused until it is enabled', async () => {
    const sandbox = await start()
    const { id, key } = await makeKey(sandbox, 'renderer')
    expect(await (await manage(sandbox, 'POST', `/${id}/disable`)).json()).toMatchObject({ disabled: true })
    expect(await generate(sandbox, key)).toBe(401)
    expect(await listNames(sandbox)).toEqual(['renderer'])
    expect(await (await manage(sandbox, 'POST', `/${id}/enable`)).json()).toMatchObject({ disabled: false })
    expect(await generate(sandbox, key)).toBe(422)
  })

  test('a repeat with the same Idempotency-Key creates one key', async () => {
    const sandbox = await start()
    const header = { 'idempotency-key': 'mark-1' }
    const first = (await (await manage(sandbox, 'POST', '', { name: 'renderer' }, header)).json()) as MadeKey
    const again = await manage(sandbox, 'POST', '', { name: 'renderer' }, header)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toEqual(first)
    expect(sandbox.listKeys()).toHaveLength(1)
    expect((await manage(sandbox, 'POST', '', { name: 'other' }, header)).status).toBe(422)
  })

  test('names may repeat by default, ids never', async () => {
    const loose = await start()
    await makeKey(loose, 'same')
    expect((await manage(loose, 'POST', '', { name: 'same', id: 'mark-1' })).status).toBe(201)
    const taken = await manage(loose, 'POST', '', { name: 'same', id: 'mark-1' })
    expect([taken.status, await taken.json()]).toMatchObject([409, { error: { code: 'id_taken' } }])
    const strict = await start({ uniqueNames: true })
    const { id } = await makeKey(strict, 'same')
    expect((await manage(strict, 'POST', '', { name: 'same' })).status).toBe(409)
    strict.revokeKey(id)
    expect((await manage(strict, 'POST', '', { name: 'same' })).status).toBe(201)
  })

  test('live keys are limited, and a revoked one no longer counts', async () => {
    const sandbox = await start({ maxLiveKeys: 1 })
    const { id } = await makeKey(sandbox, 'one')
    const refused = await manage(sandbox, 'POST', '', { name: 'two' })
    expect([refused.status, await refused.json()]).toMatchObject([409, { error: { code: 'key_limit' } }])
    sandbox.revokeKey(id)
    expect((await manage(sandbox, 'POST', '', { name: 'two' })).status).toBe(201)
  })

  test.each([
    {},
    { name: '' },
    { name: 'a\nb' },
    { name: 'x'.repeat(201) },
    { name: 'x', scope: 'NO SCOPE' },
    { name: 'x', id: 'a/b' },
    { name: 'x', expires_at: 'soon' },
  ])('refuses to make %j', async (body) => {
    const sandbox = await start()
    expect((await manage(sandbox, 'POST', '', body)).status).toBe(400)
    expect(sandbox.listKeys()).toEqual([])
  })
})

interface ListPage {
  data: { id: string; name: string }[]
  next_cursor: string | null
  has_more: boolean
}
