import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { readJson, sendRequest } from '../../../../providers/shared/http/client.ts'
import { readRetryAfter, retryAfterCapMs, toStatusError } from '../../../../providers/shared/http/errors.ts'
import { LeaseOverError } from '../../../../src/contracts/errors.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'
import { selfSigned, startTinyCluster } from '../../../shared/stand-ins/kubernetes/tiny-cluster.ts'

const secret = 'sk-very-secret-value-0001'
const call = () => ({ signal: new AbortController().signal, beforeSend: () => {} })
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return listen(server)
}

/** Answers every connection with these bytes once something was received, then closes it. */
async function serveBytes(bytes: string): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes))
  })
  closers.push(() => server.close())
  return listen(server)
}

async function listen(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const settings = (host: string, more = {}) => ({ provider: 'api', hosts: [host], ...more })
const post = (host: string) => ({
  method: 'POST',
  url: `http://${host}/v1/keys?page=2`,
  headers: { authorization: new SecretValue(`Bearer ${secret}`) },
  body: new SecretValue(`{"value":"${secret}"}`),
})

describe('sendRequest', () => {
  test('refuses an agent that does not verify the server, and sends nothing', async () => {
    const cluster = await startTinyCluster(selfSigned)
    closers.push(() => void cluster.close())
    const agent = new https.Agent({ rejectUnauthorized: false })
    const host = new URL(cluster.url).host
    const request = { ...post(host), url: `${cluster.url}/v1/keys` }
    const sent = sendRequest(settings(host, { agent }), request, call())
    await expect(sent).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    expect(cluster.requests).toEqual([])
  })

  test.each(['POST', 'PATCH', 'DELETE', 'GET'])('names the length of the body of a %s', async (method) => {
    const seen: string[] = []
    const host = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => seen.push(chunk))
      request.on('end', () => response.end('{}'))
    })
    await sendRequest(settings(host), { ...post(host), method, body: '{"é":1}' }, call())
    expect(seen).toEqual(['{"é":1}'])
  })

  test('sends headers and body once and yields status, headers and body', async () => {
    const seen: unknown[] = []
    const host = await serve((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers.authorization, body])
        response.writeHead(201, { 'x-note': 'a' }).end('{"id":1}')
      })
    })
    let asked = 0
    const answer = await sendRequest(settings(host), post(host), { ...call(), beforeSend: () => asked++ })
    expect([answer.status, answer.headers['x-note'], readJson(answer)]).toEqual([201, 'a', { id: 1 }])
    expect(seen).toEqual([['POST', '/v1/keys?page=2', `Bearer ${secret}`, `{"value":"${secret}"}`]])
    expect(asked).toBe(1)
    expect(inspect(answer, { depth: 9 })).not.toContain('"id"')
  })

  test('sends nothing when the lease is over or the call was aborted before', async () => {
    let requests = 0
    const host = await serve((_, response) => {
      requests++
      response.end()
    })
    const over = {
      ...call(),
      beforeSend: () => {
        throw new LeaseOverError()
      },
    }
    await expect(sendRequest(settings(host), post(host), over)).rejects.toBeInstanceOf(LeaseOverError)
    const aborted = { ...call(), signal: AbortSignal.abort() }
    await expect(sendRequest(settings(host), post(host), aborted)).rejects.toMatchObject({ effect: 'none' })
    expect(requests).toBe(0)
  })

  test('an aborted call ends at once, with effect unknown', async () => {
    const controller = new AbortController()
    const host = await serve(() => controller.abort())
    const begun = performance.now()
    const failure = sendRequest(settings(host), post(host), { ...call(), signal: controller.signal })
    await expect(failure).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  test('a server that hangs is a timeout with effect unknown, none for a read', async () => {
    const host = await serve(() => {})
    const slow = settings(host, { limitMs: 30 })
    await expect(sendRequest(slow, post(host), call())).rejects.toMatchObject({ effect: 'unknown' })
    const read = { ...post(host), mutates: false }
    await expect(sendRequest(slow, read, call())).rejects.toMatchObject({ effect: 'none' })
  })

  test('a refused connection and an unknown name have no effect', async () => {
    const server = net.createServer()
    const host = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const refused = { code: 'unavailable', effect: 'none', message: expect.stringContaining('ECONNREFUSED') }
    await expect(sendRequest(settings(host), post(host), call())).rejects.toMatchObject(refused)
    const unknown = sendRequest(
      settings('no-such-host.invalid'),
      { method: 'POST', url: 'https://no-such-host.invalid/' },
      call(),
    )
    await expect(unknown).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
  })

  test.each([
    ['cut before the status', ''],
    ['cut inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":'],
    ['cut inside a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"id":'],
    ['no HTTP at all', 'gibberish sk-from-the-server\r\n\r\n'],
    ['compressed', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}'],
  ])('an answer %s leaves the effect unknown', async (_, bytes) => {
    const host = await serveBytes(bytes)
    const error = await sendRequest(settings(host), post(host), call()).catch((caught) => caught)
    expect(error).toMatchObject({ name: 'ProviderError', code: 'unavailable', effect: 'unknown' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/sk-|page=2/)
  })

  test('a body over the cap is refused', async () => {
    const host = await serve((_, response) => response.end('x'.repeat(2000)))
    const failure = sendRequest(settings(host, { maxBytes: 1000 }), post(host), call())
    await expect(failure).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
  })

  test('JSON that cannot be parsed is an error that does not quote it', async () => {
    const host = await serve((_, response) => response.end('<html>sk-from-the-server</html>'))
    const answer = await sendRequest(settings(host), post(host), call())
    expect(() => readJson(answer)).toThrow('not complete JSON')
    expect(() => readJson(answer)).not.toThrow('sk-from')
  })

  test('follows no redirect', async () => {
    const paths: unknown[] = []
    const host = await serve((request, response) => {
      paths.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect((await sendRequest(settings(host), post(host), call())).status).toBe(302)
    expect(paths).toEqual(['/v1/keys?page=2'])
  })

  test.each([
    ['another host', 'https://elsewhere.example/'],
    ['user information', 'https://user:word@api.example/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a secret without TLS', 'http://api.example/'],
    ['no URL', 'nonsense'],
  ])('refuses %s before anything is sent', async (_, url) => {
    const over = {
      ...call(),
      beforeSend: () => {
        throw new Error('was about to send')
      },
    }
    const failure = sendRequest(settings('api.example'), { ...post(''), url }, over)
    await expect(failure).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('a header that cannot be encoded is refused without its value', async () => {
    const headers = { authorization: new SecretValue(`${secret}\n`) }
    const host = await serve((_, response) => response.end())
    const error = await sendRequest(settings(host), { ...post(host), headers }, call()).catch(
      (caught) => caught,
    )
    expect(error).toMatchObject({ code: 'invalid', effect: 'none' })
    expect(inspect(error)).not.toContain(secret)
  })
})

describe('toStatusError', () => {
  const subject = { provider: 'api', about: 'POST api.example/v1/keys', mutates: true }
  test.each([
    [401, 'denied', 'none'],
    [403, 'denied', 'none'],
    [404, 'not_found', 'none'],
    [410, 'not_found', 'none'],
    [409, 'conflict', 'none'],
    [422, 'invalid', 'none'],
    [429, 'throttled', 'none'],
    [408, 'unavailable', 'unknown'],
    [500, 'unavailable', 'unknown'],
    [503, 'unavailable', 'unknown'],
    [302, 'invalid', 'unknown'],
  ])('%i is %s with effect %s', (status, code, effect) => {
    expect(toStatusError({ status, headers: {} }, subject)).toMatchObject({ code, effect })
    expect(toStatusError({ status, headers: {} }, { ...subject, mutates: false }).effect).toBe('none')
  })
})

describe('readRetryAfter', () => {
  const date = 'Mon, 23 Nov 2026 10:00:00 GMT'
  test.each([
    [{}, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '999999999' }, retryAfterCapMs],
    [{ 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT', date }, 30_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT', date }, 0],
  ])('%j', (headers, expected) => {
    expect(readRetryAfter(headers as Record<string, string>)).toBe(expected)
  })
})
