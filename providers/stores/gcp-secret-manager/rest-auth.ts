import { AsyncLocalStorage } from 'node:async_hooks'
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { sendRequest } from '../../shared/http-client.ts'
import { readSecret, type SecretSource } from '../../shared/secret-source.ts'

/*
 * What the REST transport of Google's clients asks of an auth client. It is ours in both cases, for three reasons:
 * the transport has no way to stop a request, it reuses connections (on which a request that meets a closing server
 * looks like a lost answer), and with the library's own, absent default credentials end the process by an unhandled
 * rejection.
 */

/** The two members that the transport calls. */
export interface RestAuth {
  getRequestHeaders(): Promise<Headers>
  fetch(url: string | URL, request: RestRequest): Promise<Response>
}

interface RestRequest {
  method?: string
  headers?: Headers
  body?: string | Uint8Array
}

/** The signal of the call that a request belongs to; the transport hands none through. */
const signals = new AsyncLocalStorage<AbortSignal>()

/** Runs a call of the client, whose requests then end when the signal aborts. */
export function runWithSignal<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return signals.run(signal, run)
}

function currentSignal(): AbortSignal {
  return signals.getStore() ?? new AbortController().signal
}

/** Carries a given access token, read anew for each request, so that whoever renews the file is heard. */
export function makeTokenAuth(source: SecretSource, provider: string): RestAuth {
  return {
    getRequestHeaders: async () => new Headers(),
    async fetch(url, { method = 'GET', headers = new Headers(), body }) {
      const token = await readSecret(source, provider)
      const authorization = new SecretValue(`Bearer ${token.expose()}`)
      const { status, ...answer } = await sendRequest(
        { provider, hosts: [new URL(url).host] },
        {
          method,
          url: String(url),
          headers: { ...Object.fromEntries(headers), authorization },
          ...(body === undefined ? {} : { body: new SecretValue(Buffer.from(body).toString('utf8')) }),
        },
        // The lease was looked at before the client was called; this is the same request.
        { signal: currentSignal(), beforeSend: () => undefined },
      )
      return new Response(answer.body.expose() || null, { status })
    },
  }
}

/** Application default credentials: of a file, of workload identity, of the metadata server. */
export function makeDefaultAuth(auth: SecretManagerServiceClient['auth']): RestAuth {
  return {
    getRequestHeaders: async () => new Headers(),
    fetch: (url, request) =>
      auth.fetch(String(url), { ...request, agent: undefined, signal: currentSignal() } as never),
  }
}
