/** The config of a release as a person's machine can use it: by their kubeconfig instead of the account of the pod. */
import { parse, stringify } from 'yaml'

export interface SignIn {
  kubeconfig: string
  context?: string
  /** Of the release: what a pod has as its own. */
  namespace: string
}

export interface LocalAbout extends SignIn {
  /** In place of the folder of the pod. */
  stateFolder: string
}

type Setting = Record<string, unknown> & { type?: unknown }

/** Providers that without a kubeconfig take the account of their pod. */
const IN_CLUSTER = /^(?:kubernetes(?:-.+)?|external-secret)$/

/** @throws Error if the text is no config; the text is not repeated. */
export function localize(text: string, { stateFolder, ...signIn }: LocalAbout): string {
  const config: unknown = parse(text)
  if (typeof config !== 'object' || config === null) throw new Error('the config of the release is not a map')
  const given = config as Record<string, unknown>
  const journal = given.journal as Setting | undefined
  return stringify({
    ...given,
    stateFolder,
    ...(journal ? { journal: signInto(journal, signIn) } : {}),
    stores: mapSettings(given.stores, signIn),
    consumers: mapSettings(given.consumers, signIn),
  })
}

function mapSettings(section: unknown, signIn: SignIn): Record<string, unknown> {
  const settings = Object.entries((section ?? {}) as Record<string, Setting>)
  return Object.fromEntries(settings.map(([name, setting]) => [name, signInto(setting, signIn)]))
}

/** One with a kubeconfig of its own is in another cluster, and its file is in the pod. */
function signInto(setting: Setting, { kubeconfig, context, namespace }: SignIn): Setting {
  if (!IN_CLUSTER.test(String(setting.type)) || setting.kubeconfig !== undefined) return setting
  return { namespace, ...setting, kubeconfig, ...(context === undefined ? {} : { context }) }
}
