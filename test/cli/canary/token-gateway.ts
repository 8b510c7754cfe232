/* A gateway whose keys have no id but their value: its list shows every secret, and DELETE takes one in the path. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TOKEN_NAME } from '../installation.ts'

export interface TokenGateway {
  readonly url: string
  close(): Promise<void>
}

/** The issuer of such a gateway, as a config describes it. */
export function tokenIssuer(url: string): object {
  return {
    type: 'http',
    base: url,
    auth: { management: { bearer: { env: TOKEN_NAME } } },
    create: { request: 'POST /tokens', json: { tokenName: '{{ name }}' }, parts: { value: '$.secret' } },
    list: {
      request: 'GET /tokens',
      items: '$.tokens[*]',
      name: '$.tokenName',
      parts: { value: '$.secret' },
    },
    revoke: { request: 'DELETE /tokens/{{ value }}', secretInUrl: true },
    probe: {
      request: 'POST /api/v1/generation/google/veo-3.1',
      json: { prompt: [] },
      accepted: 422,
      rejected: 401,
    },
    settle: '20ms',
  }
}

/** The same, as somebody writes it who takes the secret for the id. */
export function naiveTokenIssuer(url: string): object {
  const issuer = tokenIssuer(url)
  return {
    ...issuer,
    create: {
      request: 'POST /tokens',
      json: { tokenName: '{{ name }}' },
      id: '$.token',
      parts: { value: '$.secret' },
    },
    list: { request: 'GET /tokens', items: '$.tokens[*]', name: '$.tokenName', id: '$.token' },
    revoke: { request: 'DELETE /tokens/{{ id }}' },
  }
}

/**
 * Stands before a gateway that has ids. The secrets of the account are those made here, `known` and the admin's own
 * token. Whatever is refused is answered with the address of the request, in which the secret is.
 */
export async function startTokenGateway(
  upstream: string,
  known: { admin: string; first: { id: string; key: string } },
): Promise<TokenGateway> {
  const secrets = new Map([[known.first.id, { secret: known.first.key, tokenName: 'first' }]])

  async function ask(incoming: IncomingMessage, method: string, path: string, body?: string) {
    const { authorization = '' } = incoming.headers
    const headers = { authorization, 'content-type': 'application/json' }
    return await fetch(new URL(path, upstream), { method, headers, ...(body ? { body } : {}) })
  }

  async function answerTokens(
    incoming: IncomingMessage,
    body: string,
  ): Promise<{ status: number; json: unknown }> {
    const { method = 'GET', url = '' } = incoming
    const show = ({ secret, tokenName }: { secret: string; tokenName: string }) => ({
      secret,
      token: secret,
      tokenName,
    })
    if (method === 'GET') {
      const answer = await ask(incoming, 'GET', '/v1/keys?limit=100')
      const { data = [] } = (await answer.json()) as { data?: { id: string }[] }
      const live = data.flatMap(({ id }) => secrets.get(id) ?? [])
      const tokens = [{ secret: known.admin, tokenName: 'admin' }, ...live].map(show)
      return { status: answer.status, json: answer.ok ? { tokens } : { error: url } }
    }
    if (method === 'POST') {
      const { tokenName } = JSON.parse(body) as { tokenName: string }
      const answer = await ask(incoming, 'POST', '/v1/keys', JSON.stringify({ name: tokenName }))
      const made = (await answer.json()) as { id: string; key: string }
      if (!answer.ok) return { status: answer.status, json: { error: body } }
      secrets.set(made.id, { secret: made.key, tokenName })
      return { status: 201, json: show({ secret: made.key, tokenName }) }
    }
    const secret = decodeURIComponent(url.replace('/tokens/', ''))
    const [id] = [...secrets].find(([, one]) => one.secret === secret) ?? ['none']
    const answer = await ask(incoming, 'DELETE', `/v1/keys/${id}`)
    return { status: answer.status, json: answer.ok ? {} : { error: `cannot delete ${secret}`, at: url } }
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const { method = 'GET', url = '' } = incoming
    if (url.startsWith('/tokens')) {
      const { status, json } = await answerTokens(incoming, body)
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-asked': url })
        .end(JSON.stringify(json))
      return
    }
    const answer = await ask(incoming, method, url, body)
    response.writeHead(answer.status).end(await answer.text())
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
