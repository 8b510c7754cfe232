import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { requireEnv } from '../../require-env.ts'

const run = promisify(execFile)

export const chart = fileURLToPath(new URL('../../../../helm/keyrota', import.meta.url))

/** An object of the cluster, as far as the tests look at it. */
export interface Rendered {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    uid?: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
  // biome-ignore lint/suspicious/noExplicitAny: every kind has fields of its own, and a test names those it looks at
  [field: string]: any
}

/** What a person would say with `-f values.yaml`. */
export type Values = Readonly<Record<string, unknown>>

/** Runs `helm` with a home of its own. */
export class Helm {
  #home = ''
  readonly #kubeconfig: string
  readonly #namespace: string

  constructor({ namespace = 'keyrota', kubeconfig = '' } = {}) {
    this.#namespace = namespace
    this.#kubeconfig = kubeconfig
  }

  async start(): Promise<void> {
    this.#home = await mkdtemp(join(tmpdir(), 'keyrota-chart-'))
  }

  async stop(): Promise<void> {
    await rm(this.#home, { recursive: true })
  }

  /** Returns what helm prints. @throws Error with what it says when it refuses */
  async run(args: readonly string[], values?: Values): Promise<string> {
    const file = join(this.#home, `values-${crypto.randomUUID()}.json`)
    if (values) await writeFile(file, JSON.stringify(values))
    const kubeconfig = this.#kubeconfig === '' ? [] : ['--kubeconfig', this.#kubeconfig]
    const all = [...args, '--namespace', this.#namespace, ...kubeconfig, ...(values ? ['-f', file] : [])]
    const homes = { HELM_CACHE_HOME: this.#home, HELM_CONFIG_HOME: this.#home, HELM_DATA_HOME: this.#home }
    const env = { PATH: process.env.PATH, HOME: this.#home, ...homes }
    const { stdout } = await run(requireEnv('KEYROTA_TEST_HELM'), all, { env, maxBuffer: 32 << 20 })
    return stdout
  }

  /** The objects that the release `keyrota` would have. */
  async render(values: Values): Promise<Rendered[]> {
    const text = await this.run(['template', 'keyrota', chart], values)
    return parseAllDocuments(text).flatMap((document) => {
      const object = document.toJS()
      return object === null ? [] : [object as Rendered]
    })
  }

  /** What helm says when it refuses these values. @throws Error if it takes them */
  async refusal(values: Values): Promise<string> {
    try {
      await this.run(['template', 'keyrota', chart], values)
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
    throw new Error('helm took values that it should refuse')
  }
}

/** The one object of this kind and name. @throws Error if there is none or several */
export function find(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter(
    (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
  )
  if (found.length === 1 && found[0]) return found[0]
  const all = objects.map((one) => `${one.kind} ${one.metadata.name}`).join(', ')
  throw new Error(`${found.length} objects are ${kind} ${name ?? ''}: ${all}`)
}

export function kindsOf(objects: readonly Rendered[]): string[] {
  return objects.map(({ kind }) => kind)
}

/** The specs of the pods that an object makes. */
export function podsOf(object: Rendered): Rendered['spec'][] {
  if (object.kind === 'CronJob') return [object.spec.jobTemplate.spec.template.spec]
  if (object.kind === 'Deployment') return [object.spec.template.spec]
  return object.kind === 'Pod' ? [object.spec] : []
}

/** The config in the ConfigMap of this name. */
export function configOf(objects: readonly Rendered[], name: string): Rendered['data'] {
  return parse(find(objects, 'ConfigMap', name).data['keyrota.yaml'])
}
