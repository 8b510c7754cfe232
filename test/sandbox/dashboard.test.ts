import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/sandbox/gateway.ts'
import { startSandbox } from '../../src/sandbox/gateway.ts'
import { closeAll, generate, start, VALID_BODY } from './client.ts'

afterEach(closeAll)

function post(sandbox: Sandbox, path: string, form: Record<string, string>, headers = {}): Promise<Response> {
  return fetch(`${sandbox.dashboardUrl}${path}`, { method: 'POST', body: new URLSearchParams(form), headers })
}

function readValue(page: string): string {
  return /id="new-key"[^>]*>([^<]+)</.exec(page)?.[1] ?? ''
}

describe('dashboard', () => {
  test('a person creates a key, sees it once, and revokes it', async () => {
    const sandbox = await start()
    const shown = await post(sandbox, '/keys', { name: 'renderer', scope: 'all' })
    const value = readValue(await shown.text())
    expect(value).toMatch(/^ppt_live_/)
    expect(await generate(sandbox, value, VALID_BODY)).toBe(200)
    const again = await fetch(shown.url)
    expect([again.status, (await again.text()).includes(value)]).toEqual([410, false])
    const list = await (await fetch(sandbox.dashboardUrl)).text()
    expect(list).toContain('renderer')
    expect(list).not.toContain(value)
    const { id } = sandbox.listKeys()[0] ?? { id: '' }
    const revoked = await post(sandbox, `/keys/${id}/revoke`, {})
    expect(await revoked.text()).toContain('“renderer” was revoked.')
    expect(await generate(sandbox, value)).toBe(401)
    expect((await post(sandbox, `/keys/${id}/revoke`, {})).status).toBe(404)
  })

  test('an invalid name is refused next to the form, and the input is escaped', async () => {
    const sandbox = await start({ uniqueNames: true, keys: [{ name: '"><b>x' }] })
    const empty = await post(sandbox, '/keys', { name: ' ' })
    expect([empty.status, (await empty.text()).includes('role="alert"')]).toEqual([422, true])
    const twice = await post(sandbox, '/keys', { name: '"><b>x' })
    expect(twice.status).toBe(422)
    expect(await twice.text()).not.toContain('"><b>x')
    expect(sandbox.listKeys()).toHaveLength(1)
  })

  test('a lost response to the form leaves a key whose value nobody has seen', async () => {
    const sandbox = await start({ faults: [{ kind: 'lose-answer', match: { path: '/dashboard/keys' } }] })
    await expect(post(sandbox, '/keys', { name: 'renderer' })).rejects.toThrow()
    expect(sandbox.listKeys()).toMatchObject([{ name: 'renderer', state: 'active' }])
  })

  test('the page runs no script and can be framed by nobody', async () => {
    const sandbox = await start()
    const response = await fetch(sandbox.dashboardUrl)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    const page = await response.text()
    expect(page).not.toMatch(/<script|<style| style=| on\w+=/)
    const style = await fetch(`${sandbox.url}/dashboard/style.css`)
    expect(style.headers.get('content-type')).toContain('text/css')
  })
})

describe('what a browser could be made to send', () => {
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]

  test.each(foreign)('a form of another site is refused: %j', async (headers) => {
    const sandbox = await start()
    expect(await send(sandbox, '/dashboard/keys', headers)).toBe(403)
    expect(await send(sandbox, '/admin/reset', headers)).toBe(403)
    expect(sandbox.listKeys()).toEqual([])
  })

  test('a foreign Host is refused, a loopback one is served', async () => {
    const sandbox = await start()
    expect(await send(sandbox, '/dashboard/keys', { host: 'evil.example' })).toBe(421)
    expect(await send(sandbox, '/dashboard/keys', { host: '127.0.0.1.evil.example' })).toBe(421)
    expect(
      await send(sandbox, '/dashboard/keys', { host: 'localhost:1', origin: 'http://localhost:1' }),
    ).toBe(303)
  })
})

/** Posts a form by `node:http`, since fetch lets nobody set Host and Origin. */
function send(sandbox: Sandbox, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${sandbox.url}${path}`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end('name=renderer')
  })
}

describe('starting and stopping', () => {
  test('a port in use is one clear error', async () => {
    const sandbox = await start()
    const port = Number(new URL(sandbox.url).port)
    await expect(startSandbox({ port })).rejects.toThrow(`port ${port}: it is in use`)
  })

  test('closing twice is harmless, and the port is free afterwards', async () => {
    const sandbox = await start()
    await sandbox.close()
    await sandbox.close()
    await expect(fetch(sandbox.dashboardUrl)).rejects.toThrow()
    await start({ port: Number(new URL(sandbox.url).port) })
  })

  test('a seeded key that could be guessed is refused', async () => {
    await expect(startSandbox({ keys: [{ name: 'short', value: 'too-short' }] })).rejects.toThrow(
      '16 characters',
    )
  })
})
