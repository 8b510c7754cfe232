/* `keyrota permissions` prints what each store needs, for Keyrota and for readers. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { runCli } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-permissions-'))
const config = join(folder, 'keyrota.yaml')

const targets = [
  { store: 'aws', secret: 'prod/app', field: 'API_KEY' },
  { store: 'gcp', secret: 'app', field: 'API_KEY' },
  { store: 'azure', secret: 'Prod-App', field: 'API_KEY' },
  { store: 'vault', secret: 'prod/app', field: 'API_KEY' },
  { store: 'cluster', secret: 'app', field: 'API_KEY' },
  { store: 'dotenv', secret: 'app.env', field: 'API_KEY' },
]

beforeAll(() => {
  const about = { environment: 'test', owner: 'team', issuer: 'video' }
  const other = { store: 'vault', secret: 'prod/other', field: 'API_KEY' }
  const text = stringify({
    installation: 'k7f3',
    issuers: { video: { type: 'ppt-video', account: 'team' } },
    stores: {
      aws: { type: 'aws-secrets-manager', region: 'eu-central-1', account: '123456789012' },
      gcp: { type: 'gcp-secret-manager', project: 'video-prod' },
      azure: { type: 'azure-key-vault', vault: 'https://example.vault.azure.net' },
      vault: { type: 'vault', address: 'https://vault.example.com', auth: { token: { env: 'NOT_SET' } } },
      cluster: { type: 'kubernetes-secret', namespace: 'apps' },
      dotenv: { type: 'env-file' },
      unused: { type: 'vault', address: 'https://other.example.com', auth: { token: { env: 'NOT_SET' } } },
    },
    consumers: {
      web: { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web', namespace: 'apps' },
      worker: {
        ...{ type: 'external-secret', name: 'worker', field: 'API_KEY', namespace: 'jobs' },
        workloads: [{ kind: 'StatefulSet', name: 'worker' }],
      },
      unused: { type: 'kubernetes-rollout', kind: 'Deployment', name: 'unused', namespace: 'apps' },
    },
    keys: {
      app: { ...about, service: 'app', targets, consumers: ['web', 'worker'] },
      other: { ...about, service: 'other', targets: [other] },
    },
  })
  writeFileSync(config, text)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command without any credential, so it cannot contact a service. */
async function print(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', HOME: folder }
  const ended = await runCli(['permissions', '--config', config, ...args], { env, cwd: folder })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  return ended.stdout
}

async function policies(...args: string[]): Promise<Record<string, string>> {
  const printed = JSON.parse(await print('--json', ...args)) as { store: string; policy: string }[]
  return Object.fromEntries(printed.map(({ store, policy }) => [store, policy]))
}

test('prints one policy for each store that has targets and permissions, and one for all that is in a cluster', async () => {
  const printed = await policies()
  expect(Object.keys(printed).sort()).toEqual(['aws', 'azure', 'cluster, web, worker', 'gcp', 'vault'])
})

test('each policy names the secrets of the config and what Keyrota does with them', async () => {
  const {
    aws = '',
    gcp = '',
    azure = '',
    vault = '',
    'cluster, web, worker': cluster = '',
  } = await policies()
  expect(JSON.parse(aws).Statement).toEqual([
    expect.objectContaining({
      Action: expect.arrayContaining(['secretsmanager:PutSecretValue']),
      Resource: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/app-??????'],
    }),
  ])
  expect(JSON.parse(gcp)).toMatchObject({
    role: { includedPermissions: expect.arrayContaining(['secretmanager.versions.add']) },
    bindings: [{ resource: 'projects/video-prod/secrets/app' }],
  })
  expect(JSON.parse(azure).roleAssignments).toEqual([
    expect.objectContaining({ scope: expect.stringMatching(/vaults\/example\/secrets\/prod-app$/) }),
  ])
  expect(vault).toContain('path "secret/data/prod/app" {\n  capabilities = ["read", "update"]')
  expect(vault).toContain('path "secret/destroy/prod/other" {')
  const [role] = parseAllDocuments(cluster).map((document) => document.toJS())
  expect(role).toMatchObject({
    metadata: { namespace: 'apps' },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['app'], verbs: ['get', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['web'], verbs: ['get', 'patch'] },
    ],
  })
})

test('--reader prints read-only policies', async () => {
  const { aws = '', gcp = '', azure = '', vault = '', cluster = '' } = await policies('--reader')
  expect(JSON.parse(aws).Statement[0].Action).toEqual(['secretsmanager:GetSecretValue'])
  expect(JSON.parse(gcp).role.includedPermissions).toEqual(['secretmanager.versions.access'])
  expect(JSON.parse(azure).roleDefinition.DataActions).toEqual([expect.stringMatching(/getSecret/)])
  expect(vault).not.toMatch(/update|destroy/)
  expect(parse(cluster.split('---')[0] ?? '').rules[0].verbs).toEqual(['get'])
})

test('text output lists each policy under the name of its store', async () => {
  const text = await print()
  expect(text).toContain('# vault (vault)\n# Keyrota: reads, replaces and retires these secrets.')
  expect(text.indexOf('# aws (aws-secrets-manager)')).toBeGreaterThanOrEqual(0)
})

test('--namespace prints the one Role of that namespace, with all that is in it', async () => {
  const printed = await policies('--namespace', 'jobs')
  expect(Object.keys(printed)).toEqual(['worker'])
  const documents = parseAllDocuments(printed.worker ?? '').map((document) => document.toJS())
  expect(documents.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
    ['Role', 'jobs'],
    ['RoleBinding', 'jobs'],
  ])
  expect(documents[0].rules).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['worker'], verbs: ['get'] },
    { apiGroups: ['apps'], resources: ['statefulsets'], resourceNames: ['worker'], verbs: ['get', 'patch'] },
    {
      apiGroups: ['external-secrets.io'],
      resources: ['externalsecrets'],
      resourceNames: ['worker'],
      verbs: ['get', 'patch'],
    },
  ])
})
