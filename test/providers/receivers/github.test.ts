/* GitHub's two ways of reporting, with the messages that its documentation publishes. */

import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make } from '../../../providers/receivers/github/index.ts'
import { options } from '../../../providers/receivers/github/options.ts'
import type { LeakReceiver, Opened } from '../../../src/contracts/receiver.ts'
import { machine } from '../../../src/machine.ts'

/** As GitHub serves them; the first one no longer signs. */
const published = {
  public_keys: [
    {
      key_identifier: '90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a',
      key: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\nkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n-----END PUBLIC KEY-----\n',
      is_current: false,
    },
    {
      key_identifier: 'bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c',
      key: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\nAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==\n-----END PUBLIC KEY-----\n',
      is_current: true,
    },
  ],
}
const vectors = [
  {
    id: published.public_keys[1]?.key_identifier ?? '',
    signature:
      'MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==',
    body: '[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]',
  },
  {
    id: published.public_keys[0]?.key_identifier ?? '',
    signature:
      'MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=',
    body: '[{"token":"some_token","type":"some_type","url":"some_url"}]',
  },
]
const [vector = { id: '', signature: '', body: '' }] = vectors

let server: Server
let api = ''
let asked: string[] = []
let answer: (path: string) => { status: number; body: unknown }

beforeEach(async () => {
  asked = []
  answer = () => ({ status: 200, body: published })
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ''}`)
    const { status, body } = answer(request.url ?? '')
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('HOOK_SECRET', 'a-webhook-secret-of-some-length')
  vi.stubEnv('API_TOKEN', 'token-of-the-api')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await new Promise((resolve) => server.close(resolve))
})

const call = { signal: new AbortController().signal, beforeSend: () => undefined }

function receiver(more: object, clock = machine.clock): LeakReceiver {
  return make(options.parse({ api, ...more }), { name: 'github', stateFolder: '', ...machine, clock })
}

function partner(one: LeakReceiver, { id, signature, body }: typeof vector): Promise<Opened> {
  const headers = { 'github-public-key-identifier': id, 'github-public-key-signature': signature }
  return one.open({ headers, body: Buffer.from(body), at: 0 }, call)
}

describe('the partner program', () => {
  test.each(vectors)('the published message of key $id is authentic', async (one) => {
    const opened = await partner(receiver({ partner: true }), one)
    expect(opened).toMatchObject({ is: 'report', leaks: [{ texts: [Buffer.from('some_token')] }] })
  })

  test.each([
    ['body', { ...vector, body: vector.body.replace('some_token', 'same_token') }],
    ['body with a blank more', { ...vector, body: `${vector.body} ` }],
    ['signature', { ...vector, signature: vector.signature.replace('MEQC', 'MEQD') }],
    ['signature that is none', { ...vector, signature: 'x'.repeat(10_000) }],
    ['key of another message', { ...vector, id: published.public_keys[0]?.key_identifier ?? '' }],
    ['key that there is not', { ...vector, id: 'none' }],
  ])('another %s is refused', async (_, forged) => {
    expect(await partner(receiver({ partner: true }), forged)).toMatchObject({ is: 'refused' })
  })

  test('keys are fetched once, and unknown names ask for them again once a minute at the most', async () => {
    let now = 0
    const clock = { ...machine.clock, monotonicMs: () => now }
    const one = receiver({ partner: true }, clock)
    for (let count = 0; count < 5; count += 1) await partner(one, vector)
    expect(asked).toHaveLength(1)
    for (let count = 0; count < 50; count += 1) {
      now += 1_000
      const opened = await partner(one, { ...vector, id: `unknown ${count}` })
      // GitHub may have made a key since then: the sender is to try again.
      expect(opened).toMatchObject({ is: 'later' })
    }
    expect(asked).toHaveLength(1)
    now += 11_000
    expect(await partner(one, { ...vector, id: 'unknown' })).toMatchObject({ is: 'refused' })
    expect(asked).toHaveLength(2)
  })

  test('while the keys cannot be fetched the sender is to try again; known ones go on', async () => {
    let now = 0
    const one = receiver({ partner: true }, { ...machine.clock, monotonicMs: () => now })
    answer = () => ({ status: 503, body: 'sorry' })
    expect(await partner(one, vector)).toMatchObject({ is: 'later' })
    answer = () => ({ status: 200, body: published })
    now += 61_000
    expect(await partner(one, vector)).toMatchObject({ is: 'report' })
    answer = () => ({ status: 200, body: { public_keys: 'none' } })
    now += 2 * 86_400_000
    expect(await partner(one, vector)).toMatchObject({ is: 'report' })
  })

  test('is taken only where it is configured', async () => {
    const one = receiver({ webhookSecret: { env: 'HOOK_SECRET' }, token: { env: 'API_TOKEN' } })
    expect(await partner(one, vector)).toMatchObject({ is: 'refused' })
    expect(asked).toEqual([])
  })
})

describe('webhooks of alerts', () => {
  const hook = () => receiver({ webhookSecret: { env: 'HOOK_SECRET' }, token: { env: 'API_TOKEN' } })
  const alert = (more: object = {}) =>
    JSON.stringify({
      action: 'created',
      alert: { number: 7, html_url: 'https://github.com/example/app/security/secret-scanning/7' },
      repository: { full_name: 'example/app' },
      ...more,
    })
  function send(body: string, headers: object = {}, secret = 'a-webhook-secret-of-some-length') {
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    return hook().open(
      {
        headers: {
          'x-hub-signature-256': signature,
          'x-github-event': 'secret_scanning_alert',
          ...headers,
        },
        body: Buffer.from(body),
        at: 0,
      },
      call,
    )
  }

  test("the documented signature of 'Hello, World!' is authentic", async () => {
    vi.stubEnv('HOOK_SECRET', "It's a Secret to Everybody")
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'x-github-event': 'ping',
    }
    const body = Buffer.from('Hello, World!')
    expect(await hook().open({ headers, body, at: 0 }, call)).toEqual({ is: 'other' })
    const changed = Buffer.from('Hello, World?')
    expect(await hook().open({ headers, body: changed, at: 0 }, call)).toMatchObject({ is: 'refused' })
  })

  test('an alert names the place of its value, which is read by its number', async () => {
    expect(await send(alert())).toMatchObject({
      is: 'report',
      leaks: [{ texts: [], place: 'example/app/7', source: 'GitHub alert' }],
    })
    answer = () => ({ status: 200, body: { secret: 'ppt_live_found' } })
    expect(await hook().fetchTexts?.('example/app/7', call)).toEqual([Buffer.from('ppt_live_found')])
    expect(asked).toEqual(['/repos/example/app/secret-scanning/alerts/7 Bearer token-of-the-api'])
    answer = () => ({ status: 404, body: {} })
    await expect(hook().fetchTexts?.('example/app/7', call)).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['resolved', alert({ action: 'resolved' })],
    ['revoked', alert({ action: 'revoked' })],
  ])('one that is %s is no leak', async (_, body) => {
    expect(await send(body)).toEqual({ is: 'other' })
  })

  test.each([
    ['another secret', () => send(alert(), {}, 'another-secret-of-some-length')],
    ['no signature', () => send(alert(), { 'x-hub-signature-256': '' })],
    ['the old signature alone', () => send(alert(), { 'x-hub-signature-256': undefined })],
  ])('%s is refused', async (_, sending) => {
    expect(await sending()).toMatchObject({ is: 'refused' })
  })

  test.each(['../../user/7', 'example/../7', 'example/app/7/../../../user', 'example/app/seven', 'a b/c/7'])(
    'no other address is asked for: %s',
    async (place) => {
      const [owner = '', name = '', number = ''] = place.split('/')
      const body = alert({ repository: { full_name: `${owner}/${name}` }, alert: { number } })
      const opened = await send(body)
      if (opened.is === 'report') expect(opened.leaks[0]?.place).toMatch(/^[\w-]+\/[\w.-]+\/\d+$/)
      expect(await hook().fetchTexts?.(place, call)).toEqual([])
      expect(asked).toEqual([])
    },
  )
})

test.each([[{}], [{ webhookSecret: { env: 'HOOK_SECRET' } }]])('options %j are not enough', (given) => {
  expect(options.safeParse(given).success).toBe(false)
})
