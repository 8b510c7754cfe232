import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireEnv } from '../../require-env.ts'
import type { KubernetesServer } from './server.ts'

/* The ways in which people and programs apply a manifest or a chart with one Secret. */

const run = promisify(execFile)

export type Under = 'data' | 'stringData'

/** Applies the Secret of this name; `value` undefined leaves our field out of it. */
export type Apply = (name: string, under: Under, value: string | undefined) => Promise<void>

export type Way =
  | 'clientSide'
  | 'serverSide'
  | 'replace'
  | 'helm4'
  | 'helm3'
  | 'argocd-controller'
  | 'kustomize-controller'

export type Ways = Readonly<Record<Way, Apply>> & { close(): Promise<void> }

export async function openWays(server: KubernetesServer): Promise<Ways> {
  const folder = await mkdtemp(join(tmpdir(), 'keyrota-applying-'))
  const kubectl =
    (...args: string[]): Apply =>
    async (name, under, value) => {
      await server.kubectl(...args, '-f', await writeManifest(server, folder, { name, under, value }))
    }
  const asController = (manager: string) =>
    kubectl('apply', '--server-side', '--force-conflicts', `--field-manager=${manager}`)
  return {
    clientSide: kubectl('apply'),
    serverSide: kubectl('apply', '--server-side'),
    // Made by `create`, and replaced from then on.
    replace: async (name, under, value) => {
      const exists = await server.kubectl('get', 'secret', name, '-n', server.namespace).then(
        () => true,
        () => false,
      )
      await kubectl(exists ? 'replace' : 'create')(name, under, value)
    },
    helm4: (name, under, value) => runHelm(server, folder, { name, under, value }, true),
    helm3: (name, under, value) => runHelm(server, folder, { name, under, value }, false),
    'argocd-controller': asController('argocd-controller'),
    'kustomize-controller': asController('kustomize-controller'),
    close: () => rm(folder, { recursive: true }),
  }
}

interface Wanted {
  name: string
  under: Under
  value: string | undefined
}

async function writeManifest(
  server: KubernetesServer,
  folder: string,
  { name, under, value }: Wanted,
): Promise<string> {
  const file = join(folder, `${name}.json`)
  const metadata = { name, namespace: server.namespace }
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata, [under]: contentOf(under, value) }
  await writeFile(file, JSON.stringify(manifest))
  return file
}

function contentOf(under: Under, value: string | undefined): Record<string, string> {
  const content = { SIBLING: 'x', ...(value === undefined ? {} : { API_KEY: value }) }
  const encode = (text: string) => (under === 'data' ? btoa(text) : text)
  return Object.fromEntries(Object.entries(content).map(([field, text]) => [field, encode(text)]))
}

/** `serverSide` false is how Helm 3 upgrades: three versions of the manifest are merged on the client's side. */
async function runHelm(
  server: KubernetesServer,
  folder: string,
  { name, under, value }: Wanted,
  serverSide: boolean,
): Promise<void> {
  const chart = join(folder, `chart-${name}`)
  await mkdir(join(chart, 'templates'), { recursive: true })
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 0.1.0\n')
  const content = JSON.stringify(contentOf(under, value))
  const template = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${under}: ${content}\n`
  await writeFile(join(chart, 'templates', 'secret.yaml'), template)
  const place = ['--namespace', server.namespace, '--kubeconfig', server.kubeconfig]
  const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder }
  const args = ['upgrade', '--install', name, chart, `--server-side=${serverSide}`, ...place]
  await run(requireEnv('KEYROTA_TEST_HELM'), args, { env })
}
