import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/fault-kinds.ts'
import { FaultError, faultKinds, parseFault } from '../../src/sandbox/fault-kinds.ts'
import { closeAll, generate, listNames, makeKey, manage, start, VALID_BODY } from './client.ts'

afterEach(closeAll)

describe('faults of keys', () => {
  test('late activation refuses a new key for its time', async () => {
    let now = 0
    const sandbox = await start({ now: () => now, faults: [{ kind: 'late-activation', ms: 500, times: 1 }] })
    const late = await makeKey(sandbox, 'late')
    const prompt = await makeKey(sandbox, 'prompt')
    expect([await generate(sandbox, late.key), await generate(sandbox, prompt.key)]).toEqual([401, 422])
    now = 500
    expect(await generate(sandbox, late.key)).toBe(422)
  })

  test('a key that exists from the start was made before the faults', async () => {
    const faults: Fault[] = [{ kind: 'late-activation', ms: 60_000, times: 1 }]
    const sandbox = await start({ keys: [{ name: 'old' }], faults })
    expect(await generate(sandbox, sandbox.keys[0]?.key ?? '')).toBe(422)
    expect(await generate(sandbox, sandbox.createKey({ name: 'new' }).key)).toBe(401)
  })

  test('early death ends a key after so many accepted calls', async () => {
    const sandbox = await start({ faults: [{ kind: 'early-death', count: 2, match: { name: 'new-' } }] })
    const dying = await makeKey(sandbox, 'new-renderer')
    const other = await makeKey(sandbox, 'renderer')
    const statuses = []
    for (let at = 0; at < 4; at += 1) statuses.push(await generate(sandbox, dying.key))
    expect(statuses).toEqual([422, 422, 401, 401])
    for (let at = 0; at < 3; at += 1) expect(await generate(sandbox, other.key)).toBe(422)
  })

  test('late revocation leaves a key working that the list no longer has', async () => {
    let now = 0
    const sandbox = await start({ now: () => now, faults: [{ kind: 'late-revocation', ms: 500 }] })
    const { id, key } = await makeKey(sandbox, 'renderer')
    expect((await manage(sandbox, 'DELETE', `/${id}`)).status).toBe(200)
    expect(await listNames(sandbox)).toEqual([])
    expect(await generate(sandbox, key)).toBe(422)
    expect(sandbox.listKeys()).toMatchObject([{ state: 'revoked', accepted: true }])
    now = 500
    expect(await generate(sandbox, key)).toBe(401)
  })

  test('a revoke that lies changes nothing, and the next one does', async () => {
    const sandbox = await start({ faults: [{ kind: 'lying-revoke', times: 1 }] })
    const { id, key } = await makeKey(sandbox, 'renderer')
    expect((await manage(sandbox, 'DELETE', `/${id}`)).status).toBe(200)
    expect(await generate(sandbox, key)).toBe(422)
    expect((await manage(sandbox, 'DELETE', `/${id}`)).status).toBe(200)
    expect(await generate(sandbox, key)).toBe(401)
  })

  test('late listing hides a working key from the list', async () => {
    let now = 0
    const sandbox = await start({ now: () => now, faults: [{ kind: 'late-listing', ms: 500 }] })
    const { key } = await makeKey(sandbox, 'renderer')
    expect(await listNames(sandbox)).toEqual([])
    expect(await generate(sandbox, key)).toBe(422)
    now = 500
    expect(await listNames(sandbox)).toEqual(['renderer'])
  })
})

describe('faults of requests', () => {
  test('throttle returns 429 with Retry-After and has no effect', async () => {
    const sandbox = await start({
      faults: [{ kind: 'throttle', retryAfterS: 7, match: { path: '/v1/keys' } }],
    })
    const response = await manage(sandbox, 'POST', '', { name: 'renderer' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(sandbox.listKeys()).toEqual([])
  })

  test.each([
    ['before-effect', 0],
    ['after-effect', 1],
  ] as const)('a 5xx %s leaves %i keys', async (when, count) => {
    const sandbox = await start({ faults: [{ kind: 'error', status: 502, when, times: 1 }] })
    expect((await manage(sandbox, 'POST', '', { name: 'renderer' })).status).toBe(502)
    expect(sandbox.listKeys()).toHaveLength(count)
  })

  test.each([
    ['drop', 0],
    ['lose-answer', 1],
  ] as const)('%s cuts the connection and leaves %i keys', async (kind, count) => {
    const sandbox = await start({ faults: [{ kind, times: 1 }] })
    await expect(manage(sandbox, 'POST', '', { name: 'renderer' })).rejects.toThrow()
    expect(sandbox.listKeys()).toHaveLength(count)
    expect(sandbox.requests().rows).toMatchObject([{ path: '/v1/keys', status: 'cut', count: 1 }])
  })

  test('a lost response to a revocation leaves the key revoked', async () => {
    const sandbox = await start({
      faults: [{ kind: 'lose-answer', match: { method: 'DELETE', path: '/v1/keys/*' } }],
    })
    const { id, key } = await makeKey(sandbox, 'renderer')
    await expect(manage(sandbox, 'DELETE', `/${id}`)).rejects.toThrow()
    expect(await generate(sandbox, key)).toBe(401)
  })

  test('late landing has its effect after the connection was cut', async () => {
    const sandbox = await start({ faults: [{ kind: 'late-landing', ms: 60, times: 1 }] })
    await expect(manage(sandbox, 'POST', '', { name: 'renderer' })).rejects.toThrow()
    expect(await listNames(sandbox)).toEqual([])
    await delay(120)
    expect(await listNames(sandbox)).toEqual(['renderer'])
  })

  test('a delayed effect never happens after a reset', async () => {
    const sandbox = await start({ faults: [{ kind: 'late-landing', ms: 40, times: 1 }] })
    await expect(manage(sandbox, 'POST', '', { name: 'renderer' })).rejects.toThrow()
    sandbox.reset()
    await delay(80)
    expect(sandbox.listKeys()).toEqual([])
  })

  test('hang sends no response, and closing does not wait for it', async () => {
    const sandbox = await start({ faults: [{ kind: 'hang' }] })
    const signal = AbortSignal.timeout(50)
    await expect(fetch(`${sandbox.url}/v1/keys`, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
    const pending = expect(fetch(`${sandbox.url}/v1/keys`)).rejects.toThrow()
    const before = performance.now()
    await delay(20)
    await sandbox.close()
    await pending
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('a slow effect comes although the client has gone', async () => {
    const sandbox = await start({ faults: [{ kind: 'slow', ms: 60, when: 'before-effect', times: 1 }] })
    const headers = { authorization: `Bearer ${sandbox.managementToken}` }
    const signal = AbortSignal.timeout(20)
    const body = JSON.stringify({ name: 'renderer' })
    await expect(fetch(`${sandbox.url}/v1/keys`, { method: 'POST', headers, body, signal })).rejects.toThrow()
    expect(sandbox.listKeys()).toEqual([])
    await delay(120)
    expect(sandbox.listKeys()).toHaveLength(1)
  })

  test('a slow response arrives late and complete', async () => {
    const sandbox = await start({ faults: [{ kind: 'slow', ms: 50, times: 1 }] })
    const before = performance.now()
    const response = await manage(sandbox, 'POST', '', { name: 'renderer' })
    expect(await response.json()).toMatchObject({ name: 'renderer' })
    expect(performance.now() - before).toBeGreaterThan(45)
  })

  test('a truncated body ends in the middle, or is short and well framed', async () => {
    const sandbox = await start({ faults: [{ kind: 'truncate', times: 1 }] })
    const torn = await manage(sandbox, 'POST', '', { name: 'renderer' })
    expect(torn.status).toBe(201)
    await expect(torn.text()).rejects.toThrow()
    sandbox.addFault({ kind: 'truncate', keepBytes: 9, wellFramed: true, times: 1 })
    const short = await manage(sandbox, 'POST', '', { name: 'renderer' })
    expect(await short.text()).toHaveLength(9)
    expect(sandbox.listKeys()).toHaveLength(2)
  })

  test('the gateway refuses everything, or accepts anything', async () => {
    const sandbox = await start()
    const { key, id } = sandbox.createKey({ name: 'renderer' })
    sandbox.addFault({ kind: 'reject-all' })
    expect(await generate(sandbox, key, VALID_BODY)).toBe(401)
    sandbox.clearFaults()
    sandbox.addFault({ kind: 'accept-all' })
    sandbox.revokeKey(id)
    expect(await generate(sandbox, 'garbage')).toBe(422)
    expect(await generate(sandbox, key)).toBe(422)
  })

  test('`after` and `times` bound the harm, `key` picks its victim', async () => {
    const sandbox = await start()
    const one = sandbox.createKey({ name: 'one' })
    const two = sandbox.createKey({ name: 'two' })
    sandbox.addFault({ kind: 'reject-all', after: 1, times: 2, match: { key: one.fingerprint } })
    const statuses = []
    for (let at = 0; at < 4; at += 1)
      statuses.push(await generate(sandbox, one.key), await generate(sandbox, two.key))
    expect(statuses).toEqual([422, 422, 401, 422, 401, 422, 422, 422])
    expect(sandbox.listFaults()).toMatchObject([{ seen: 4, hits: 2 }])
  })

  test('a path matches whole, by one segment, or all below it', async () => {
    const sandbox = await start({ faults: [{ kind: 'throttle', match: { path: '/v1/keys' } }] })
    expect((await manage(sandbox, 'GET', '')).status).toBe(429)
    expect((await manage(sandbox, 'GET', '/key_1')).status).toBe(404)
    sandbox.addFault({ kind: 'throttle', match: { path: '/v1/*/key_1' } })
    expect((await manage(sandbox, 'GET', '/key_1')).status).toBe(429)
    expect((await fetch(sandbox.dashboardUrl)).status).toBe(200)
    sandbox.addFault({ kind: 'throttle', match: { path: '/dashboard/**' } })
    expect((await fetch(sandbox.dashboardUrl)).status).toBe(429)
  })
})

describe('describing faults', () => {
  test.each([
    ['late-activation,ms=500,times=1', { kind: 'late-activation', ms: 500, times: 1 }],
    [
      'error,status=500,method=POST,path=/v1/keys',
      { kind: 'error', status: 500, match: { method: 'POST', path: '/v1/keys' } },
    ],
    ['truncate,wellFramed=true', { kind: 'truncate', wellFramed: true }],
    [
      '{"kind":"drop","match":{"key":"0123456789abcdef"}}',
      { kind: 'drop', match: { key: '0123456789abcdef' } },
    ],
  ] satisfies [string, Fault][])('reads %s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault)
  })

  test.each([
    ['explode', /kind: expected one of throttle/],
    ['late-activation', /ms: /],
    ['late-activation,ms=-1', /ms: /],
    ['throttle,name=x', /match: /],
    ['drop,path=/v1/(a+)+*', /match.path: expected a path/],
    ['drop,often', /expected field=value/],
    ['drop,kin=1', /kin/],
    ['{"kind"', /JSON/],
  ])('refuses %s', (text, problem) => {
    expect(() => parseFault(text)).toThrow(problem)
    expect(() => parseFault(text)).toThrow(FaultError)
  })

  test('every kind says what it does', () => {
    expect(faultKinds).toHaveLength(15)
    for (const { does } of faultKinds) expect(does).not.toBe('')
  })

  test('there is a limit to how many are switched on', async () => {
    const sandbox = await start({ faults: Array.from({ length: 100 }, (): Fault => ({ kind: 'drop' })) })
    expect(() => sandbox.addFault({ kind: 'drop' })).toThrow('100 faults')
  })
})
