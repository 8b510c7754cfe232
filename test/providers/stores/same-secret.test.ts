import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { providers } from '../../../providers/index.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/contracts/config.ts'

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/app-a1B2c3'

const aws = { type: 'aws-secrets-manager', region: 'eu-central-1' }
const gcp = { type: 'gcp-secret-manager', project: 'video-prod' }
const azure = { type: 'azure-key-vault', vault: 'https://example.vault.azure.net' }
const cluster = { type: 'kubernetes-secret', namespace: 'apps' }
const vault = { type: 'vault', address: 'https://vault.example.com', auth: { token: { env: 'TOKEN' } } }

/** The problems of a config in which two keys write one field of these two secrets. */
async function problemsOf(store: object, first: string, second: string): Promise<string[]> {
  const key = (secret: string) => ({
    ...{ environment: 'test', service: 'app', owner: 'team', issuer: 'video' },
    targets: [{ store: 'store', secret, field: 'API_KEY' }],
  })
  const text = stringify({
    installation: 'k7f3',
    issuers: { video: { type: 'ppt-video', account: 'team' } },
    stores: { store },
    keys: { one: key(first), other: key(second) },
  })
  const refused: unknown = await loadConfig({
    path: '/etc/keyrota.yaml',
    text,
    providers,
    env: { HOME: '/root' },
  })
    .then(() => undefined)
    .catch((error: unknown) => error)
  if (refused === undefined) return []
  if (!(refused instanceof ConfigError)) throw refused
  return refused.problems.map(({ message }) => message)
}

test.each([
  ['Key Vault knows no case', azure, 'Prod-App', 'prod-app'],
  ['a Secret lies in the namespace of the options', cluster, 'app', 'apps/app'],
  [
    'an id stands for the resource name in the project of the options',
    gcp,
    'app',
    'projects/video-prod/secrets/app',
  ],
  ['an ARN of the own account ends in what AWS chose', { ...aws, account: '123456789012' }, 'prod/app', arn],
])('two names of one secret are one place: %s', async (_, store, first, second) => {
  expect(await problemsOf(store, first, second)).toEqual(['the key `one` writes the same field'])
})

test.each([
  ['Vault knows case', vault, 'Prod/app', 'prod/app'],
  ['another namespace', cluster, 'app', 'other/app'],
  ['another project', gcp, 'app', 'projects/video-test/secrets/app'],
  ['an ARN that may be of another account', aws, 'prod/app', arn],
])('two secrets are two places: %s', async (_, store, first, second) => {
  expect(await problemsOf(store, first, second)).toEqual([])
})

const pod = { type: 'kubernetes-secret' }

test.each([
  ['a name in the namespace of the context, and one in some namespace', 'app', 'shop/app'],
  ['the other way round', 'shop/app', 'app'],
])('two names that may be one secret are refused: %s', async (_, first, second) => {
  expect(await problemsOf(pod, first, second)).toEqual([
    `may be the same secret as \`${first}\` of the key \`one\`, which writes the same field`,
  ])
})

test.each([
  ['two names alone', pod, 'app', 'other'],
  ['two namespaces', pod, 'shop/app', 'apps/app'],
  ['another name', pod, 'app', 'shop/other'],
  ['the options name the namespace', cluster, 'app', 'shop/app'],
])('two names that are surely two secrets are allowed: %s', async (_, store, first, second) => {
  expect(await problemsOf(store, first, second)).toEqual([])
})
