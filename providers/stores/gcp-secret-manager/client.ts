import { type protos, SecretManagerServiceClient } from '@google-cloud/secret-manager'
import type { Call } from '../../../src/contracts/call.ts'
import { callSdk } from '../../shared/http/sdk-call.ts'
import { crc32c } from './checksum.ts'
import { type GcpSubject, toGcpError } from './errors.ts'
import { numberOf } from './names.ts'
import type { Options } from './options.ts'
import { makeDefaultAuth, makeTokenAuth, runWithCall } from './sign-in.ts'

type GoogleVersion = protos.google.cloud.secretmanager.v1.ISecretVersion
export type Secret = protos.google.cloud.secretmanager.v1.ISecret

export interface Version {
  number: number
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  /** Disabled now, destroyed when the secret's delay is over. */
  isScheduled: boolean
  etag: string | undefined
}

/** The operations that the store uses; each is one request. `secret` is a whole resource name. */
export interface GcpClient {
  /** The newest hundred, newest first. */
  listVersions(secret: string, call: Call): Promise<readonly Version[]>
  /** The payload, its checksum verified. */
  access(secret: string, number: number, call: Call): Promise<Uint8Array>
  add(secret: string, data: Uint8Array, call: Call): Promise<Version>
  getSecret(secret: string, call: Call): Promise<Secret>
  destroy(
    secret: string,
    version: { number: number; etag?: string | undefined },
    call: Call,
  ): Promise<Version>
  /** Which of these permissions the principal holds on the secret. */
  testPermissions(secret: string, permissions: readonly string[], call: Call): Promise<readonly string[]>
  close(): Promise<void>
}

const pageSize = 100
/** No retries by the client: whether to repeat is for the workflow to decide. */
const once = { retry: null, autoPaginate: false } as const

export function makeClient(options: Options, provider: string): GcpClient {
  const client = openClient(options, provider)

  /** Named by its operation and the IAM permission that it needs. */
  function send<T>(
    [operation, permission]: readonly [string, string],
    on: string,
    call: Call,
    run: () => Promise<T>,
  ): Promise<T> {
    const mutates = operation === 'AddSecretVersion' || operation === 'DestroySecretVersion'
    const about = `${operation} of ${on}`
    const subject: GcpSubject = { provider, about, mutates, permission: `secretmanager.${permission}` }
    const translate = (thrown: unknown) => toGcpError(thrown, subject)
    // The request itself looks at the lease, when its token is there.
    const ungated = { signal: call.signal, beforeSend: () => undefined }
    return callSdk(subject, ungated, (signal) => runWithCall({ ...call, signal }, run), translate)
  }

  return {
    listVersions: (secret, call) =>
      send(['ListSecretVersions', 'versions.list'], secret, call, async () => {
        const [versions] = await client.listSecretVersions({ parent: secret, pageSize }, once)
        return versions.map(toVersion)
      }),
    access: (secret, number, call) =>
      send(['AccessSecretVersion', 'versions.access'], secret, call, async () => {
        const name = `${secret}/versions/${number}`
        const [{ payload }] = await client.accessSecretVersion({ name }, once)
        const data = Buffer.from((payload?.data ?? '') as Uint8Array)
        const sum = payload?.dataCrc32c ?? undefined
        if (sum !== undefined && Number(sum) !== crc32c(data)) throw new Error('the checksum does not match')
        return data
      }),
    add: (secret, data, call) =>
      send(['AddSecretVersion', 'versions.add'], secret, call, async () => {
        const payload = { data, dataCrc32c: crc32c(data) }
        return toVersion((await client.addSecretVersion({ parent: secret, payload }, once))[0])
      }),
    getSecret: (secret, call) =>
      send(
        ['GetSecret', 'secrets.get'],
        secret,
        call,
        async () => (await client.getSecret({ name: secret }, once))[0],
      ),
    destroy: (secret, { number, etag }, call) =>
      send(['DestroySecretVersion', 'versions.destroy'], secret, call, async () => {
        const request = { name: `${secret}/versions/${number}`, ...(etag === undefined ? {} : { etag }) }
        return toVersion((await client.destroySecretVersion(request, once))[0])
      }),
    testPermissions: (secret, permissions, call) =>
      send(['TestIamPermissions', 'secrets.get'], secret, call, async () => {
        const request = { resource: secret, permissions: [...permissions] }
        return (await client.testIamPermissions(request, once))[0].permissions ?? []
      }),
    close: () => client.close(),
  }
}

function toVersion(version: GoogleVersion): Version {
  const { state } = version
  if (state !== 'ENABLED' && state !== 'DISABLED' && state !== 'DESTROYED') {
    throw new TypeError('the service returned an unknown state')
  }
  return {
    number: numberOf(version.name),
    state,
    isScheduled: state === 'DISABLED' && (version.scheduledDestroyTime ?? undefined) !== undefined,
    etag: version.etag || undefined,
  }
}

function openClient(options: Options, provider: string): SecretManagerServiceClient {
  const regional =
    options.location === undefined
      ? undefined
      : `https://secretmanager.${options.location}.rep.googleapis.com`
  const endpoint = options.endpoint ?? regional
  const url = endpoint === undefined ? undefined : new URL(endpoint)
  const protocol = url?.protocol === 'http:' ? 'http' : 'https'
  const port = Number(url?.port || (protocol === 'http' ? 80 : 443))
  const transport = {
    fallback: true,
    // Otherwise the library asks Resource Manager, or runs gcloud, for the project of the credentials.
    projectId: options.project,
    ...(url === undefined ? {} : { protocol, apiEndpoint: url.hostname, port }),
  }
  const auth =
    options.accessToken === undefined
      ? // A client that is never called: it knows how to find credentials for this endpoint.
        makeDefaultAuth(new SecretManagerServiceClient(transport).auth, provider)
      : makeTokenAuth(options.accessToken, provider)
  // The type wants a whole auth client; over REST its two members are called alone.
  return new SecretManagerServiceClient({ ...transport, authClient: auth as never })
}
