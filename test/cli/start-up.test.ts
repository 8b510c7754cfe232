/* A command loads only the clients of the stores it uses. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { runCli, SOURCE } from './run-cli.ts'

/** Paths of the packages of each cloud's client. */
const clients = {
  aws: /node_modules\/(@aws-sdk|@smithy)\//,
  azure: /node_modules\/@azure\//,
  gcp: /node_modules\/(@google-cloud|google-gax|google-auth-library)\//,
  kubernetes: /node_modules\/@kubernetes\//,
  vault: /node_modules\/node-vault\//,
} as const

const folder = mkdtempSync(join(tmpdir(), 'keyrota-start-'))
const nobody = 'http://127.0.0.1:1'
const kubeconfig = join(folder, 'kubeconfig')

const stores: Readonly<Record<keyof typeof clients, object>> = {
  aws: { type: 'aws-secrets-manager', region: 'eu-central-1', endpoint: nobody },
  azure: { type: 'azure-key-vault', vault: 'https://127.0.0.1:1', auth: { accessToken: { env: 'TOKEN' } } },
  gcp: { type: 'gcp-secret-manager', project: 'video-prod', endpoint: nobody, accessToken: { env: 'TOKEN' } },
  kubernetes: { type: 'kubernetes-secret', kubeconfig },
  vault: { type: 'vault', address: nobody, auth: { token: { env: 'TOKEN' } } },
}

beforeAll(() => {
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'test', user: { token: 'none' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  writeFileSync(kubeconfig, stringify(config))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A config with all five stores, only one of which has a target. */
function writeConfig(used: keyof typeof clients): string {
  const path = join(folder, `${used}.yaml`)
  const target = { store: used, secret: 'app', field: 'API_KEY' }
  const text = stringify({
    installation: 'k7f3',
    stateFolder: join(folder, `${used}-state`),
    issuers: { video: { type: 'ppt-video', account: 'team', base: nobody } },
    stores,
    defaults: { callLimit: '1s', lease: '5s' },
    keys: {
      app: { environment: 'test', service: 'app', owner: 'team', issuer: 'video', targets: [target] },
    },
  })
  writeFileSync(path, text)
  return path
}

/** Returns the clients that this command loads, and the number of modules in total. */
async function loadedBy(name: string, args: readonly string[]) {
  const file = join(folder, `${name}.modules`)
  writeFileSync(file, '')
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: folder, TOKEN: 'none', MODULES_FILE: file },
    ...{ AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
    NODE_OPTIONS: `--import=${new URL('track-modules.ts', import.meta.url).href}`,
  }
  const ended = await runCli(args, { env, cwd: folder, entry: SOURCE })
  const urls = readFileSync(file, 'utf8').split('\n')
  const used = Object.entries(clients).filter(([, where]) => urls.some((url) => where.test(url)))
  const tunnels = urls.some((url) => url.includes('/node_modules/hpagent/'))
  return { clients: used.map(([client]) => client), modules: urls.length, tunnels, ended }
}

test.concurrent.each([
  ['the help of every verb', ['--help']],
  ['status', ['status', '--json']],
  ['plan', ['plan', '--json']],
  ['permissions', ['permissions', '--json']],
])('%s loads no client of a cloud', async (name, args) => {
  const config = args[0] === '--help' ? [] : ['--config', writeConfig('aws')]
  const { clients: loaded, modules, ended } = await loadedBy(name, [...args, ...config])
  expect(ended).toMatchObject({ code: 0 })
  expect(modules).toBeGreaterThan(20)
  expect(loaded).toEqual([])
})

test.concurrent.each(Object.keys(clients) as (keyof typeof clients)[])(
  'a run with one target in %s loads its client and no other',
  async (store) => {
    const {
      clients: loaded,
      tunnels,
      ended,
    } = await loadedBy(store, ['run', '--config', writeConfig(store), '--json'])
    expect(ended).toMatchObject({ code: 5 })
    expect(loaded).toEqual([store])
    // Without a proxy in the environment; the client of Kubernetes includes its own tunnelling package.
    expect(tunnels).toBe(store === 'kubernetes')
  },
)
