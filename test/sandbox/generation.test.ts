import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, generate, start, VALID_BODY } from './client.ts'

afterEach(closeAll)

const MODELS = [
  'google/veo-3.1',
  'kling/v2.5-turbo/pro',
  'openai/sora-2',
  'runway/gen-4',
  'hailuo/02',
  'vidu/q2',
  'luma/ray-3',
  'pika/2.2',
  'pixverse/v5',
  'wan/2.5',
  'hunyuan/video',
]

describe('generation API', () => {
  test.each(MODELS)('%s distinguishes a bad key, a bad body and a good call', async (model) => {
    const sandbox = await start()
    const { key } = sandbox.createKey({ name: 'renderer' })
    expect(await generate(sandbox, 'ppt_live_not-a-key', VALID_BODY, model)).toBe(401)
    expect(await generate(sandbox, 'ppt_live_not-a-key', {}, model)).toBe(401)
    expect(await generate(sandbox, key, {}, model)).toBe(422)
    expect(await generate(sandbox, key, VALID_BODY, model)).toBe(200)
  })

  test('a call without a key or with invalid JSON gets an error, not a crash', async () => {
    const sandbox = await start()
    const { key } = sandbox.createKey({ name: 'renderer' })
    const url = `${sandbox.url}/api/v1/generation/google/veo-3.1`
    const bare = await fetch(url, { method: 'POST', body: '{}' })
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const torn = await fetch(url, {
      method: 'POST',
      headers: { authorization: `bearer ${key}` },
      body: '{"pro',
    })
    expect(torn.status).toBe(422)
    expect(await torn.json()).toMatchObject({ error: { code: 'invalid_body' } })
  })

  test('only a valid call costs a credit, and every response is counted for its key', async () => {
    const sandbox = await start()
    const { key, id, fingerprint } = sandbox.createKey({ name: 'renderer' })
    await generate(sandbox, key)
    await generate(sandbox, key, VALID_BODY)
    await generate(sandbox, key, VALID_BODY)
    sandbox.revokeKey(id)
    await generate(sandbox, key)
    expect(sandbox.listKeys()).toMatchObject([{ credits: 2, requests: { 200: 2, 401: 1, 422: 1 } }])
    expect(sandbox.requests()).toMatchObject({
      total: 4,
      byKey: [{ fingerprint, id, name: 'renderer', statuses: { 200: 2, 401: 1, 422: 1 } }],
    })
  })

  test('an expired key is refused, and a key of another provider is not', async () => {
    let now = 1_000
    const sandbox = await start({ now: () => now })
    const short = sandbox.createKey({ name: 'short', expiresAt: 2_000 })
    const scoped = sandbox.createKey({ name: 'scoped', scope: 'google' })
    expect(await generate(sandbox, short.key)).toBe(422)
    now = 2_000
    expect(await generate(sandbox, short.key)).toBe(401)
    expect(await generate(sandbox, scoped.key)).toBe(422)
    expect(await generate(sandbox, scoped.key, {}, 'openai/sora-2')).toBe(403)
  })

  test('a body over the limit is refused', async () => {
    const sandbox = await start()
    const { key } = sandbox.createKey({ name: 'renderer' })
    expect(await generate(sandbox, key, { prompt: 'x'.repeat(65_536) })).toBe(413)
    expect(await generate(sandbox, key)).toBe(422)
  })
})
