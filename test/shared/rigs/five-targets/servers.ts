import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FaultProxy, startFaultProxy } from '../../network/fault-proxy.ts'
import { requireEnv } from '../../require-env.ts'
import { type AwsFixture, type AwsPrincipal, makeAwsFixture } from '../../stand-ins/aws/store-fixture.ts'
import { AzureVault } from '../../stand-ins/azure/vault.ts'
import { type GcpFixture, makeGcpFixture } from '../../stand-ins/gcp/store-fixture.ts'
import { KubernetesServer } from '../../stand-ins/kubernetes/server.ts'
import { VaultServer } from '../../stand-ins/vault/server.ts'

export const storeNames = ['aws', 'gcp', 'azure', 'vault', 'kubernetes'] as const
export type StoreName = (typeof storeNames)[number]

/** The types of the stores by the names that the configs of these tests give them. */
const storeTypes: Readonly<Record<StoreName, string>> = {
  aws: 'aws-secrets-manager',
  gcp: 'gcp-secret-manager',
  azure: 'azure-key-vault',
  vault: 'vault',
  kubernetes: 'kubernetes-secret',
}

export type Fields = Readonly<Record<string, string>>

/** One server seen from its own side, past every adapter and proxy. */
export interface Side {
  newSecret(fields: Fields): Promise<string>
  readFields(secret: string): Promise<Fields>
  /** Somebody else sets these fields and leaves the others alone. */
  write(secret: string, fields: Fields): Promise<void>
  /** A proxy of its own before this server. */
  startProxy(): Promise<FaultProxy>
  /** The store's options in the config, reached at this address with the credentials of this principal. */
  options(address: string, as?: Principal): Promise<object>
}

/** Whom a store signs in as, in place of the administrator: a profile of AWS, or a token that this variable holds. */
export interface Principal {
  profile?: string
  tokenEnv?: string
  /** For Kubernetes, whose kubeconfig holds it. */
  token?: string
}

export interface FiveServers {
  readonly sides: Readonly<Record<StoreName, Side>>
  readonly azure: AzureVault
  readonly vault: VaultServer
  readonly kubernetes: KubernetesServer
  readonly gcp: GcpFixture
  /** What another process needs in its environment to reach the proxies. */
  environment(): Promise<NodeJS.ProcessEnv>
  close(): Promise<void>
}

/** The settle time of the stores in these tests; the servers return a new version at once. */
const settle = '50ms'

/** The five servers, with addresses from the environment. `profiles`: AWS principals besides the administrator. */
export async function openFiveServers(
  profiles: Readonly<Record<string, AwsPrincipal>> = {},
): Promise<FiveServers> {
  const [azure, vault, kubernetes] = [new AzureVault(), new VaultServer(), new KubernetesServer()]
  await kubernetes.start()
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-five-servers-'))
  const aws = await makeAwsFixture({
    endpoint: requireEnv('KEYROTA_TEST_AWS_ENDPOINT'),
    region: requireEnv('KEYROTA_TEST_AWS_REGION'),
    principals: {
      admin: {
        id: requireEnv('KEYROTA_TEST_AWS_ACCESS_KEY_ID'),
        secret: requireEnv('KEYROTA_TEST_AWS_SECRET_ACCESS_KEY'),
      },
      ...profiles,
    },
    hasEmptySecrets: true,
  })
  const gcp = await makeGcpFixture({
    endpoint: requireEnv('KEYROTA_TEST_GCP_ENDPOINT'),
    project: requireEnv('KEYROTA_TEST_GCP_PROJECT'),
    token: requireEnv('KEYROTA_TEST_GCP_TOKEN'),
  })
  return {
    sides: {
      aws: awsSide(aws),
      gcp: gcpSide(gcp),
      azure: azureSide(azure),
      vault: vaultSide(vault),
      kubernetes: kubernetesSide(kubernetes),
    },
    ...{ azure, vault, kubernetes, gcp },
    environment: async () => {
      const file = join(folder, 'proxies.pem')
      writeFileSync(file, await azure.proxyCertificate())
      return { ...process.env, NODE_EXTRA_CA_CERTS: file }
    },
    close: async () => {
      await aws.close()
      await gcp.close()
      await kubernetes.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

function awsSide(fixture: AwsFixture): Side {
  const region = requireEnv('KEYROTA_TEST_AWS_REGION')
  return {
    newSecret: (fields) => fixture.newSecret(fields),
    readFields: async (secret) => (await fixture.rawRead(secret)) as Fields,
    write: (secret, fields) => fixture.foreignWrite(secret, fields),
    startProxy: () => startFaultProxy({ upstream: requireEnv('KEYROTA_TEST_AWS_ENDPOINT') }),
    options: async (endpoint, as) => ({
      ...{ type: storeTypes.aws, region, endpoint, settle },
      profile: as?.profile ?? 'admin',
    }),
  }
}

function gcpSide(fixture: GcpFixture): Side {
  const project = requireEnv('KEYROTA_TEST_GCP_PROJECT')
  return {
    newSecret: (fields) => fixture.newSecret(fields),
    readFields: async (secret) => (await fixture.rawRead(secret)) as Fields,
    write: (secret, fields) => fixture.foreignWrite(secret, fields),
    startProxy: () => startFaultProxy({ upstream: requireEnv('KEYROTA_TEST_GCP_ENDPOINT') }),
    options: async (endpoint, as) => ({
      ...{ type: storeTypes.gcp, project, endpoint, settle },
      accessToken: { env: as?.tokenEnv ?? 'KEYROTA_TEST_GCP_TOKEN' },
    }),
  }
}

function azureSide(vault: AzureVault): Side {
  return {
    newSecret: (fields) => vault.newSecret(fields),
    readFields: async (secret) => JSON.parse((await vault.getSecret(secret)).value) as Fields,
    write: (secret, fields) => vault.mergeFields(secret, fields),
    startProxy: () => vault.startProxy(),
    options: async (address, as) => ({
      ...{ type: storeTypes.azure, vault: address, settle },
      auth: { accessToken: { env: as?.tokenEnv ?? 'KEYROTA_TEST_AZURE_TOKEN' } },
    }),
  }
}

function vaultSide(server: VaultServer): Side {
  return {
    newSecret: (fields) => server.newSecret(fields),
    readFields: (secret) => server.readFields(secret),
    write: (secret, fields) => server.mergeFields(secret, fields),
    startProxy: () => startFaultProxy({ upstream: server.address }),
    options: async (address, as) => ({
      ...{ type: storeTypes.vault, address, settle },
      auth: { token: { env: as?.tokenEnv ?? 'KEYROTA_TEST_VAULT_TOKEN' } },
    }),
  }
}

function kubernetesSide(server: KubernetesServer): Side {
  return {
    newSecret: (fields) => server.newSecret(fields),
    readFields: (secret) => server.readFields(secret),
    write: (secret, fields) => server.patchSecret(secret, { stringData: fields }),
    startProxy: () => startFaultProxy({ upstream: server.address, ca: server.ca }),
    options: async (address, as) => ({
      ...{ type: storeTypes.kubernetes, settle },
      kubeconfig: await server.writeKubeconfig(address, as?.token),
    }),
  }
}

/** A variable that holds this token from now on. */
export function keepToken(token: string): string {
  const name = `KEYROTA_TEST_TOKEN_${randomUUID().replaceAll('-', '_')}`
  process.env[name] = token
  return name
}
