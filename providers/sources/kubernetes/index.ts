/** ManagedKey objects of a cluster: keys that teams declare, and what people ask for at those of the config. */
import type { TimedContext } from '../../../src/contracts/call.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Answer, DeclaredKey, KeySource, Notice } from '../../../src/contracts/key-source.ts'
import { type KubernetesClient, openClient } from '../../shared/kubernetes/client.ts'
import { isAbsent } from '../../shared/kubernetes/errors.ts'
import { type ObjectApi, openObjectApi } from './api.ts'
import { conditionOfAnswers, conditionsOf, mergeConditions, type Shown } from './conditions.ts'
import { follow } from './follow.ts'
import { annotations, FINALIZER, type ManagedKeyObject, readRequests, toDeclared } from './objects.ts'
import { type Options, options } from './options.ts'

/** Others change the same objects: the journal with each commit, people, controllers. */
const MAX_TRIES = 8
const PAUSE_MS = 50

class KubernetesSource implements KeySource {
  readonly #clock: Clock
  readonly #client: KubernetesClient
  readonly #api: ObjectApi
  readonly #provider: string
  /** Objects as they were listed last, by the key; without what the journal keeps in them. */
  readonly #seen = new Map<string, ManagedKeyObject>()
  #seesTeams = false

  constructor(options: Options, { name, clock }: TimedContext) {
    this.#provider = name
    this.#clock = clock
    this.#client = openClient(name, options)
    this.#api = openObjectApi(this.#client, clock, { reach: () => this.#reach() })
  }

  /** Where objects are looked for: without teams only where the config's own are, which needs no right elsewhere. */
  reachFor(who: 'own' | 'teams'): void {
    this.#seesTeams = who === 'teams'
  }

  /** The namespace in which the objects of the config's keys are. */
  namespace(): string {
    return this.#client.namespace()
  }

  async list(): Promise<DeclaredKey[]> {
    const { items } = await this.#api.list()
    this.#seen.clear()
    return items.map((object) => {
      const declared = toDeclared(object, this.namespace())
      // Records are large, and nothing here needs them.
      this.#seen.set(declared.key, { ...object, status: { conditions: object.status?.conditions ?? [] } })
      return declared
    })
  }

  watch(changed: () => void, signal: AbortSignal): Promise<void> {
    const by = {
      api: this.#api,
      client: this.#client,
      clock: this.#clock,
      provider: this.#provider,
      reach: () => this.#reach(),
    }
    return follow(by, changed, signal)
  }

  async show(declared: DeclaredKey, notice: Notice): Promise<void> {
    const known = this.#seen.get(declared.key)?.status?.conditions ?? []
    if (conditionsOf(notice, known) === null) return
    await this.#change(declared, async (object) => {
      const shown = conditionsOf(notice, object.status?.conditions ?? [])
      if (shown !== null) await this.#showAt(object, shown)
    })
  }

  async answer(declared: DeclaredKey, answers: readonly Answer[]): Promise<void> {
    const tokens = new Set(answers.map(({ request }) => request.token))
    await this.#change(declared, async (object) => {
      const answered = readRequests(object).filter(({ token }) => tokens.has(token))
      if (answered.length === 0) return
      const { metadata } = await this.#showAt(object, [conditionOfAnswers(answers)])
      const { resourceVersion } = metadata
      const gone = answered.flatMap(({ name }) => annotations[name].map((one) => [one, null]))
      await this.#api.patch(metadata, {
        metadata: { resourceVersion, annotations: Object.fromEntries(gone) },
      })
    })
  }

  async hold(declared: DeclaredKey): Promise<void> {
    await this.#change(declared, async ({ metadata }) => {
      const { finalizers = [], resourceVersion, deletionTimestamp } = metadata
      if (finalizers.includes(FINALIZER) || deletionTimestamp !== undefined) return
      const held = [...finalizers, FINALIZER]
      await this.#api.patch(metadata, { metadata: { resourceVersion, finalizers: held } })
    })
  }

  async letGo(declared: DeclaredKey, left: string): Promise<void> {
    const object = this.#seen.get(declared.key)
    const note = `deleted; what is left: ${left}`
    if (object) await tellIfAllowed(this.#api, object, { reason: 'Deleted', action: 'Delete', note })
    await this.#change(declared, async ({ metadata }) => {
      const { finalizers = [], resourceVersion } = metadata
      const others = finalizers.filter((one) => one !== FINALIZER)
      if (others.length < finalizers.length)
        await this.#api.patch(metadata, { metadata: { resourceVersion, finalizers: others } })
    })
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  #reach(): string | null {
    return this.#seesTeams ? null : this.namespace()
  }

  #change(declared: DeclaredKey, make: (object: ManagedKeyObject) => Promise<void>): Promise<void> {
    const uid = this.#seen.get(declared.key)?.metadata.uid
    return changeObject({ api: this.#api, clock: this.#clock }, { ...declared, uid }, make)
  }

  #showAt(object: ManagedKeyObject, shown: readonly Shown[]): Promise<ManagedKeyObject> {
    const { resourceVersion, generation } = object.metadata
    const time = `${new Date(this.#clock.wallMs()).toISOString().slice(0, -5)}Z`
    const conditions = mergeConditions(object.status?.conditions ?? [], shown, { time, generation })
    // `kubectl get` shows this one, and a declaration that is refused has no record that would give it.
    const ready = shown.find(({ type }) => type === 'Ready')
    const status = { conditions, ...(ready ? { reason: ready.reason } : {}) }
    return this.#api.patchStatus(object.metadata, { metadata: { resourceVersion }, status })
  }
}

/**
 * Reads the object and changes it, again while others change it at the same time. An object that is gone, or is another
 * one of the same name, is left alone.
 */
async function changeObject(
  { api, clock }: { api: ObjectApi; clock: Clock },
  { namespace, name, uid }: { namespace: string; name: string; uid: string | undefined },
  make: (object: ManagedKeyObject) => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const object = await api.get({ namespace, name })
      if (object === null || object.metadata.uid !== uid) return
      return await make(object)
    } catch (error) {
      if (isAbsent(error)) return
      const isRace = error instanceof ProviderError && error.code === 'conflict'
      if (!isRace || tries === MAX_TRIES) throw error
      await clock.sleep(PAUSE_MS * tries)
    }
  }
}

/** What is left stands in the trail as well: an Event that must not be written holds nothing up. */
async function tellIfAllowed(api: ObjectApi, ...told: Parameters<ObjectApi['tell']>): Promise<void> {
  try {
    await api.tell(...told)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'denied') throw error
  }
}

/** `options`: those of the journal, or more of them. */
export function make(given: object, context: TimedContext): KubernetesSource {
  return new KubernetesSource(options.parse(given), context)
}

export { openPerson } from './person.ts'
