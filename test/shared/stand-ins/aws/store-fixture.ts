import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { make } from '../../../../providers/stores/aws-secrets-manager/index.ts'
import {
  checkAddress,
  options as optionsSchema,
} from '../../../../providers/stores/aws-secrets-manager/options.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Content, Fault, StoreFixture } from '../../../laws/secret-store.ts'
import { type FaultAction, type FaultProxy, onOperation, startFaultProxy } from '../../network/fault-proxy.ts'

export interface AwsPrincipal {
  id: string
  secret: string
}

export interface AwsFixture extends StoreFixture {
  readonly proxy: FaultProxy
  /** The same service past adapter and proxy, as its administrator. */
  readonly admin: SecretsManagerClient
  storeAs(principal: string): SecretStore
  readonly rawText: (secret: string) => Promise<string>
  close(): Promise<void>
}

/**
 * Holds the AWS store against a server, through the fault proxy. `principals` must name `admin`, who may do anything,
 * and `nobody`, who may do nothing; more can be used with `storeAs`.
 */
export async function makeAwsFixture(server: {
  endpoint: string
  region: string
  principals: Readonly<Record<string, AwsPrincipal>>
  /** False where the server cannot hold a secret whose first version is to come. */
  hasEmptySecrets: boolean
}): Promise<AwsFixture> {
  const { region } = server
  const folder = shareCredentials(server.principals)
  const proxy = await startFaultProxy({ upstream: server.endpoint })
  const { id, secret: key } = server.principals.admin as AwsPrincipal
  const admin = new SecretsManagerClient({
    region,
    endpoint: server.endpoint,
    credentials: { accessKeyId: id, secretAccessKey: key },
  })
  const made: SecretStore[] = []
  const storeAs = (profile: string, endpoint = proxy.url) => {
    const options = optionsSchema.parse({ region, endpoint, profile, settle: '100ms' })
    const store = make(options, { name: 'aws', stateFolder: folder })
    made.push(store)
    return store
  }
  const store = storeAs('admin')
  const raw = rawSide(admin)
  const arm = (action: FaultAction, operation?: string, times = Number.POSITIVE_INFINITY): Fault => {
    proxy.arm({ action, times, ...(operation === undefined ? {} : { when: onOperation(operation) }) })
    return { store, undo: async () => proxy.clear() }
  }
  const refuse = (status: number, type: string): FaultAction => ({
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, Message: 'made by the proxy' }),
  })
  return {
    ...raw,
    store,
    proxy,
    admin,
    storeAs,
    nature: {
      wholeSecret: true,
      distinguishesAbsent: false,
      sendsRetryAfter: false,
      retires: 'unlisted',
      maxValueBytes: 65_536 - JSON.stringify({ API_KEY: '' }).length,
      calls: { readCurrent: 1, readVersion: 1, write: 3 },
    },
    checkAddress,
    anotherStore: async () => storeAs('admin'),
    newEmptySecret: server.hasEmptySecrets ? () => raw.newSecret(undefined) : 'impossible',
    absentSecret: async () => `law/absent-${randomBytes(6).toString('hex')}`,
    illegalNames: ['', 'a b', 'a:b', 'x'.repeat(513), 'arn:aws:s3:::bucket', 'naïve'],
    illegalFields: [''],
    unknownVersion: '00000000-0000-4000-8000-000000000000',
    requestCount: async () => proxy.count(),
    landBeforeNextWrite: async (secret, content) => {
      const run = () => raw.foreignWrite(secret, content)
      return arm({ kind: 'meanwhile', run }, 'PutSecretValue', 1)
    },
    denied: async () => ({ store: storeAs('nobody'), undo: async () => undefined }),
    throttled: async () => arm(refuse(400, 'ThrottlingException')),
    unavailable: async () => arm(refuse(503, 'ServiceUnavailableException')),
    hang: async () => arm({ kind: 'hang' }),
    lostAnswer: async () => arm({ kind: 'cut-after' }, 'UpdateSecretVersionStage', 1),
    close: async () => {
      for (const one of made) await one.close?.()
      admin.destroy()
      await proxy.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A shared credentials file with a profile for each principal, where the SDK's default chain looks. */
function shareCredentials(principals: Readonly<Record<string, AwsPrincipal>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-aws-'))
  const profiles = Object.entries(principals).map(
    ([name, { id, secret }]) => `[${name}]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`,
  )
  writeFileSync(join(folder, 'credentials'), profiles.join('\n'), { mode: 0o600 })
  writeFileSync(join(folder, 'config'), '')
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'credentials')
  process.env.AWS_CONFIG_FILE = join(folder, 'config')
  return folder
}

/**
 * Reads and writes name their staging label: moto answers a read without one by the last version that was *put* as
 * current, whatever label was moved since, and such a put leaves two versions with AWSCURRENT.
 */
function rawSide(admin: SecretsManagerClient) {
  const current = async (secret: string) =>
    admin.send(new GetSecretValueCommand({ SecretId: secret, VersionStage: 'AWSCURRENT' }))
  const describe = async (secret: string) => admin.send(new DescribeSecretCommand({ SecretId: secret }))
  const listVersions = async (secret: string) =>
    admin.send(
      new ListSecretVersionIdsCommand({ SecretId: secret, IncludeDeprecated: true, MaxResults: 100 }),
    )
  const rawText = async (secret: string) => (await current(secret)).SecretString ?? ''
  const rawRead = async (secret: string): Promise<Content> => {
    const text = await rawText(secret)
    try {
      const parsed: unknown = JSON.parse(text)
      return typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Content) : text
    } catch {
      return text
    }
  }
  const write = async (secret: string, text: string) => {
    const { VersionId: from } = await current(secret)
    const { VersionId: to } = await admin.send(
      new PutSecretValueCommand({ SecretId: secret, SecretString: text, VersionStages: ['FOREIGN'] }),
    )
    const move = { VersionStage: 'AWSCURRENT', RemoveFromVersionId: from, MoveToVersionId: to }
    await admin.send(new UpdateSecretVersionStageCommand({ SecretId: secret, ...move }))
  }
  return {
    rawText,
    rawRead,
    async newSecret(content: Content | undefined): Promise<string> {
      const name = `law/${randomBytes(6).toString('hex')}`
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      await admin.send(
        new CreateSecretCommand({
          Name: name,
          Tags: [{ Key: 'team', Value: 'law' }],
          ...(text === undefined ? {} : { SecretString: text }),
        }),
      )
      return name
    },
    /** The description, past what a mere read changes, and the versions, those without a label too. */
    async snapshot(secret: string): Promise<unknown> {
      const { $metadata: _, LastAccessedDate: __, ...description } = await describe(secret)
      const { Versions = [] } = await listVersions(secret)
      return {
        description,
        versions: Versions.map(({ VersionId, VersionStages }) => [VersionId, VersionStages]),
      }
    },
    async lists(secret: string, version: string): Promise<boolean> {
      const { VersionIdsToStages: labels = {} } = await describe(secret)
      return (labels[version] ?? []).length > 0
    },
    async foreignWrite(secret: string, content: Content): Promise<void> {
      if (typeof content === 'string') return write(secret, content)
      await write(secret, JSON.stringify({ ...(JSON.parse(await rawText(secret)) as object), ...content }))
    },
    async versionCount(secret: string): Promise<number> {
      return (await listVersions(secret)).Versions?.length ?? 0
    },
    hide: {
      'scheduled for deletion': async (secret: string) => {
        await admin.send(new DeleteSecretCommand({ SecretId: secret, RecoveryWindowInDays: 7 }))
      },
      'deleted for good': async (secret: string) => {
        await admin.send(new DeleteSecretCommand({ SecretId: secret, ForceDeleteWithoutRecovery: true }))
      },
    },
  }
}
