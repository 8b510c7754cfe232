import { AsyncLocalStorage } from 'node:async_hooks'
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import type { Call } from '../../../src/contracts/call.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { sendRequest } from '../../shared/http/client.ts'
import { limitSignIn } from '../../shared/http/sign-in-limit.ts'
import { readSecret, type SecretSource } from '../../shared/options/secret-source.ts'
import { SlowSignIn, toSignInError } from './sign-in-errors.ts'

/*
 * What the REST transport of Google's clients asks of an auth client. It is ours, wherever the token comes from, for four
 * reasons: the library's own follows redirects, with the token and the new key; it has no way to stop a request; it
 * reuses connections (on which a request that meets a closing server looks like a lost answer); and with it, absent
 * default credentials end the process by an unhandled rejection.
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

type Credentials = Readonly<Record<string, SecretValue>>

/** The call that a request belongs to; the transport hands nothing through. */
const calls = new AsyncLocalStorage<Call>()

/** Runs an operation of the client, whose request then looks at the lease and ends when the signal aborts. */
export function runWithCall<T>(call: Call, run: () => Promise<T>): Promise<T> {
  return calls.run(call, run)
}

/** Carries a given access token, read again for each request, so that a renewed file is noticed. */
export function makeTokenAuth(source: SecretSource, provider: string): RestAuth {
  return makeAuth(provider, async () => {
    const token = await readSecret(source, provider)
    return { authorization: new SecretValue(`Bearer ${token.expose()}`) }
  })
}

/**
 * Application default credentials: of a file, of workload identity, of the metadata server. The library only supplies
 * the headers: the token, and the project that pays when the credentials name one. How it gets the token is its own.
 */
export function makeDefaultAuth(auth: SecretManagerServiceClient['auth'], provider: string): RestAuth {
  return makeAuth(provider, async (url) => {
    const headers = await limitSignIn(
      () => auth.getRequestHeaders(url),
      (limitMs) => new SlowSignIn(`no access token within ${limitMs} ms`),
    ).catch((thrown: unknown) => {
      throw toSignInError(thrown, provider)
    })
    return Object.fromEntries([...headers].map(([name, value]) => [name, new SecretValue(value)]))
  })
}

function makeAuth(provider: string, getCredentials: (url: string) => Promise<Credentials>): RestAuth {
  return {
    getRequestHeaders: async () => new Headers(),
    async fetch(url, { method = 'GET', headers = new Headers(), body }) {
      const call = calls.getStore()
      if (call === undefined) throw new TypeError('a request of no call')
      const credentials = await getCredentials(String(url))
      const { status, ...answer } = await sendRequest(
        { provider, hosts: [new URL(url).host] },
        {
          method,
          url: String(url),
          headers: { ...Object.fromEntries(headers), ...credentials },
          ...(body === undefined ? {} : { body: new SecretValue(Buffer.from(body).toString('utf8')) }),
        },
        call,
      )
      return new Response(answer.body.expose() || null, { status })
    },
  }
}
