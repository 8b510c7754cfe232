import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sendRequest } from '../../../../providers/shared/http/client.ts'
import { chooseProxy } from '../../../../providers/shared/http/proxy.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'
import {
  type ProxiedServer,
  proxiedCertificate,
  proxiedHost,
  startProxiedServer,
} from '../../../shared/network/connect-proxy.ts'

const secret = 'sk-very-secret-value-0001'
const trusted = getCACertificates('default')
const settings = (more = {}) => ({ provider: 'api', hosts: [proxiedHost], ...more })
const call = () => ({ signal: new AbortController().signal, beforeSend: () => {} })
const post = {
  method: 'POST',
  url: `https://${proxiedHost}/v1/keys`,
  headers: { authorization: new SecretValue(`Bearer ${secret}`) },
  body: new SecretValue(secret),
}

let proxied: ProxiedServer

beforeEach(async () => {
  for (const name of ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toUpperCase(), '')
  }
  proxied = await startProxiedServer()
  vi.stubEnv('HTTPS_PROXY', proxied.proxyUrl)
  setDefaultCACertificates([...trusted, proxiedCertificate])
})

afterEach(() => {
  proxied.stop()
  vi.unstubAllEnvs()
  setDefaultCACertificates(trusted)
})

describe('through the proxy of the environment', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])('%s', async (name) => {
    vi.stubEnv('HTTPS_PROXY', '')
    vi.stubEnv(name, proxied.proxyUrl.replace('//', '//user:w%40rd@'))
    expect((await sendRequest(settings(), post, call())).status).toBe(200)
    expect(proxied.served).toEqual([{ url: '/v1/keys', body: secret }])
    const authorization = `Basic ${Buffer.from('user:w@rd').toString('base64')}`
    expect(proxied.asked).toEqual([{ line: `CONNECT ${proxiedHost}:443`, authorization }])
    const carried = Buffer.concat(proxied.carried).toString('latin1')
    expect(carried).not.toBe('')
    expect(carried).not.toContain(secret)
    await vi.waitFor(() => expect(proxied.openCount()).toBe(0))
  })

  test('without TLS the full address goes to HTTP_PROXY, never to HTTPS_PROXY', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('HTTP_PROXY', proxied.proxyUrl)
    const get = { method: 'GET', url: `http://${proxiedHost}/health?deep=1` }
    expect((await sendRequest(settings(), get, call())).status).toBe(200)
    expect(proxied.asked).toEqual([{ line: `GET ${get.url}`, authorization: undefined }])
    proxied.mode = 407
    await expect(sendRequest(settings(), get, call())).rejects.toMatchObject({ code: 'unavailable' })
    await vi.waitFor(() => expect(proxied.openCount()).toBe(0))
  })

  test("a certificate that is not the server's ends the tunnel before anything is sent", async () => {
    const other = { ...post, url: 'https://another-name.test/v1/keys' }
    const strange = sendRequest(settings({ hosts: ['another-name.test'] }), other, call())
    await expect(strange).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
    setDefaultCACertificates(trusted)
    const unsigned = sendRequest(settings(), post, call())
    await expect(unsigned).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
    expect(proxied.served).toEqual([])
  })

  test.each([401, 403, 407, 422, 502])(
    'a tunnel refused with %i is not an answer of the server',
    async (mode) => {
      proxied.mode = mode
      vi.stubEnv('HTTPS_PROXY', proxied.proxyUrl.replace('//', `//user:${secret}@`))
      const error = await sendRequest(settings(), post, call()).catch((caught) => caught)
      expect(error).toMatchObject({ code: 'unavailable', effect: 'none' })
      expect(error.message).toContain(`it answered ${mode}`)
      expect(inspect(error, { depth: 9 })).not.toContain(secret)
    },
  )

  test('a proxy that is not there does not look as if the server were not', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1')
    const error = await sendRequest(settings(), post, call()).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'unavailable', effect: 'none' })
    expect(error.message).toMatch(/ECONNREFUSED.*through the proxy 127\.0\.0\.1:1$/)
  })

  test('abort and limit hold while a tunnel is dug, and nothing of it is left open', async () => {
    proxied.mode = 'hang'
    const controller = new AbortController()
    const aborted = sendRequest(settings(), post, { ...call(), signal: controller.signal })
    const failed = expect(aborted).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
    await vi.waitFor(() => expect(proxied.asked).toHaveLength(1))
    controller.abort()
    await failed
    const slow = sendRequest(settings({ limitMs: 50 }), post, call())
    await expect(slow).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
    await vi.waitFor(() => expect(proxied.openCount()).toBe(0))
  })

  test('requests to this machine and to the hosts of NO_PROXY go directly', async () => {
    vi.stubEnv('HTTP_PROXY', proxied.proxyUrl)
    const local = { method: 'GET', url: 'http://127.0.0.1:1/' }
    const refused = sendRequest(settings({ hosts: ['127.0.0.1:1'] }), local, call())
    await expect(refused).rejects.toThrow(/no connection \(ECONNREFUSED\)/)
    vi.stubEnv('NO_PROXY', `example.com,${proxiedHost}`)
    await expect(sendRequest(settings(), post, call())).rejects.toMatchObject({ code: 'unavailable' })
    expect(proxied.asked).toEqual([])
  })
})

describe('which addresses NO_PROXY exempts', () => {
  const subject = { provider: 'api', about: 'GET it', mutates: false }
  test.each([
    ['*', 'https://a.example', true],
    ['example', 'https://a.example', true],
    ['.example', 'https://a.example', true],
    ['*.example', 'https://a.example', true],
    ['A.EXAMPLE', 'https://a.example', true],
    ['ample', 'https://a.example', false],
    ['b.example c.example', 'https://c.example', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:8443', 'https://a.example', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://a.example', false],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['0.0.1.1', 'https://10.0.1.1', false],
  ])('%s for %s: %s', (exempt, url, expected) => {
    vi.stubEnv('NO_PROXY', exempt)
    expect(chooseProxy(new URL(url), subject) === undefined).toBe(expected)
  })

  test('a proxy that is not an http(s) URL is refused without being shown', () => {
    vi.stubEnv('HTTPS_PROXY', `socks5://user:${secret}@proxy:1080`)
    const choose = () => chooseProxy(new URL('https://a.example'), subject)
    expect(choose).toThrow('not an http(s) URL')
    expect(choose).not.toThrow(secret)
  })
})
