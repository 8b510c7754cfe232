import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type KeyVaultSecret,
  SecretClient,
  type SecretClientOptions,
  type SecretProperties,
} from '@azure/keyvault-secrets'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { isLoopback } from '../../shared/http/loopback.ts'
import { callSdk } from '../../shared/http/sdk-call.ts'
import { type Operation, toAzureError } from './errors.ts'
import type { Options } from './options.ts'
import { openCredential } from './sign-in.ts'

/** What a new version has in addition to its value. */
export interface VersionProperties {
  contentType?: string | undefined
  tags: Record<string, string>
  expiresOn?: Date | undefined
  notBefore?: Date | undefined
}

/** The vault, one request at a time. All throw ProviderError. */
export interface Vault {
  get(secret: string, version: string | undefined, call: Call): Promise<KeyVaultSecret>
  set(secret: string, value: string, properties: VersionProperties, call: Call): Promise<SecretProperties>
  disable(secret: string, version: string, call: Call): Promise<void>
  /** All versions, in no order of time; one request for 25 of them. */
  list(secret: string, call: Call): Promise<SecretProperties[]>
}

/** The pages that are read at most: 1000 versions. */
const maxPages = 40

/** The call that a request of the client belongs to: a listing sends its pages without saying so, or being stoppable. */
const currentCall = new AsyncLocalStorage<Call>()

export function openVault(provider: string, options: Options): Vault {
  const address = options.vault.replace(/\/+$/, '')
  let opened: Promise<SecretClient> | undefined

  async function run<T>(
    operation: Operation,
    call: Call,
    send: (client: SecretClient, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    opened ??= openClient(provider, address, options)
    const client = await opened
    const mutates = operation.verb === 'set' || operation.verb === 'update'
    const about = `${operation.verb} ${new URL(address).host}/secrets/${operation.secret}${operation.version === undefined ? '' : `/${operation.version}`}`
    const subject = { provider, about, mutates }
    return await callSdk(
      subject,
      // The gate below looks at the lease, request by request.
      { signal: call.signal, beforeSend: () => undefined },
      (signal) => currentCall.run(call, () => send(client, signal)),
      (thrown) => toAzureError(thrown, operation, subject),
    )
  }

  return {
    get: (secret, version, call) =>
      run({ verb: 'get', secret, version }, call, (client, abortSignal) =>
        client.getSecret(secret, { abortSignal, ...(version === undefined ? {} : { version }) }),
      ),
    set: (secret, value, { contentType, tags, expiresOn, notBefore }, call) =>
      run({ verb: 'set', secret }, call, async (client, abortSignal) => {
        const given = Object.entries({ contentType, expiresOn, notBefore }).filter(
          ([, one]) => one !== undefined,
        )
        const made = await client.setSecret(secret, value, {
          abortSignal,
          tags,
          ...Object.fromEntries(given),
        })
        return made.properties
      }),
    disable: (secret, version, call) =>
      run({ verb: 'update', secret, version }, call, async (client, abortSignal) => {
        await client.updateSecretProperties(secret, version, { abortSignal, enabled: false })
      }),
    list: (secret, call) => listVersions(provider, secret, call, run),
  }
}

type Run = <T>(operation: Operation, call: Call, send: (client: SecretClient) => Promise<T>) => Promise<T>

async function listVersions(
  provider: string,
  secret: string,
  call: Call,
  run: Run,
): Promise<SecretProperties[]> {
  const found: SecretProperties[] = []
  let pages: AsyncIterator<SecretProperties[]> | undefined
  for (let count = 0; count < maxPages; count += 1) {
    const page = await run({ verb: 'list', secret }, call, (client) => {
      pages ??= client.listPropertiesOfSecretVersions(secret, { abortSignal: call.signal }).byPage()
      return pages.next()
    })
    if (page.done === true) return found
    found.push(...page.value)
  }
  throw new ProviderError({
    code: 'invalid',
    provider,
    message: `secret ${secret} has more than ${maxPages} pages of versions`,
    effect: 'none',
    nextStep: 'Create the secret again under another name.',
  })
}

type Policy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy']

const gate: Policy = {
  name: 'keyrota-gate',
  sendRequest(request, next) {
    const call = currentCall.getStore()
    call?.beforeSend()
    if (call && request.abortSignal === undefined) request.abortSignal = call.signal
    return next(request)
  },
}

/**
 * The official client without retries: a repeated PUT makes a second version. Without redirects too. Only on this
 * machine itself may the address be another one than the token is for, as with a server for tests.
 */
async function openClient(provider: string, address: string, options: Options): Promise<SecretClient> {
  const credential = await openCredential(provider, options)
  return new SecretClient(address, credential, {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [{ position: 'perCall', policy: gate }],
    disableChallengeResourceVerification: isLoopback(new URL(address).hostname),
  })
}
