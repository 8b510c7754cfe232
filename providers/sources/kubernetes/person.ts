/** What a person does in the cluster by their own sign-in: reads the config of a release, and asks for something at a key. */
import { CoreV1Api } from '@kubernetes/client-node'
import type { TimedContext } from '../../../src/contracts/call.ts'
import { openClient } from '../../shared/kubernetes/client.ts'
import type { ObjectName } from '../../shared/kubernetes/managed-key.ts'
import { sendPatiently } from '../../shared/kubernetes/patience.ts'
import { openObjectApi, patienceOf } from './api.ts'
import { type Options, options } from './options.ts'

const CONFIG_FIELD = 'keyrota.yaml'

/** What was answered to a request; null: it still stands there. */
export type Answered = { readonly isTaken: boolean; readonly text: string } | null

export interface Person {
  /** The text of the config of a release; undefined: the ConfigMap has none. */
  readConfig(at: ObjectName): Promise<string | undefined>
  /** Leaves a request at a key, by annotations. */
  annotate(at: ObjectName, annotations: Readonly<Record<string, string>>): Promise<void>
  answerTo(at: ObjectName, annotation: string): Promise<Answered>
  close(): void
}

export function openPerson(given: object, { name, clock }: TimedContext): Person {
  const parsed: Options = options.parse(given)
  const client = openClient(name, parsed)
  // The API server notes who set an annotation by this name.
  const api = openObjectApi(client, clock, { fieldManager: 'kubectl-keyrota' })
  return {
    async readConfig(at) {
      const asked = { verb: 'get', group: '', resource: 'configmaps', kind: 'ConfigMap', ...at } as const
      const { data } = await sendPatiently(patienceOf(clock), (call) =>
        client.request(CoreV1Api, asked, call, (core) => core.readNamespacedConfigMap({ ...at })),
      )
      return data?.[CONFIG_FIELD]
    },
    async annotate(at, annotations) {
      await api.patch(at, { metadata: { annotations } })
    },
    async answerTo(at, annotation) {
      const object = await api.get(at)
      if (object === null || object.metadata.annotations?.[annotation] !== undefined) return null
      const answer = object.status?.conditions?.find(({ type }) => type === 'Answered')
      return { isTaken: answer?.status === 'True', text: answer?.message ?? '' }
    },
    close: () => client.close(),
  }
}
