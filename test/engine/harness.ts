import { type MemorySpace, make as makeIssuer, memorySpace } from '../../providers/issuers/memory/index.ts'
import { options as issuerOptions } from '../../providers/issuers/memory/options.ts'
import { openMemoryJournal } from '../../providers/journals/memory/index.ts'
import { type JournalSpace, journalSpace } from '../../providers/journals/memory/space.ts'
import { make as makeStore, type StoreSpace, storeSpace } from '../../providers/stores/memory/index.ts'
import { options as storeOptions } from '../../providers/stores/memory/options.ts'
import type { Random } from '../../src/contracts/clock.ts'
import type { KeyConfig } from '../../src/contracts/config.ts'
import type { Consumer } from '../../src/contracts/consumer.ts'
import type { Journal } from '../../src/contracts/journal.ts'
import type { KeyIssuer } from '../../src/contracts/key-issuer.ts'
import type { NotifyEvent } from '../../src/contracts/notifier.ts'
import type { KeyRecord, Policy, Rotation } from '../../src/contracts/record.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { attend, type Purpose } from '../../src/engine/attend.ts'
import type { Context } from '../../src/service/context.ts'
import { seedRandom } from '../shared/seeded-random.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'
import { type Around, heldBy, isLive, nameKey, wrapCalls } from './wiring.ts'

export type { Around } from './wiring.ts'

const quick: Policy = {
  everyMs: 90 * 86_400_000,
  overlapMs: 0,
  confirmations: 2,
  callLimitMs: 100,
  readyLimitMs: 300,
  giveUpMs: 600,
  askBeforeMs: 7 * 86_400_000,
  remindEveryMs: 86_400_000,
  operatorDeadlineMs: 3 * 86_400_000,
  afterCareMs: 86_400_000,
  retryMinMs: 2,
  retryMaxMs: 10,
  allowOutage: false,
}

export interface Setup {
  policy?: { [K in keyof Policy]?: Policy[K] | undefined }
  targets?: number
  /** Targets, by index, whose store has no compare-and-set. */
  plain?: readonly number[]
  issuer?: Record<string, unknown>
  store?: Record<string, unknown>
  consumers?: Record<string, Consumer>
  leaseMs?: number
  lookEveryMs?: number
  waitMs?: number
  settleMs?: number
  /** No key is there yet. */
  empty?: boolean
  /** Replaces the issuer, e.g. by one that a person works. */
  makeIssuer?: (space: MemorySpace, api: KeyIssuer) => KeyIssuer
  /** Replaces the stores, to take a rule out or to look at every call. */
  wrapStore?: (store: SecretStore) => SecretStore
  installation?: string
  /** Shares the issuer's account, the stores and the journal with another rig. */
  space?: string
  keyName?: string
  /** Decides everything random; 1 unless said otherwise. */
  seed?: number
}

type VirtualAmbient = { clock: VirtualClock; random: Random }

export interface Rig {
  name: string
  context: Context
  clock: VirtualClock
  space: MemorySpace
  secrets: StoreSpace
  journal: JournalSpace
  events: NotifyEvent[]
  key: KeyConfig
  /** Fingerprint of what each target holds. */
  held(): (string | null)[]
  /** Fingerprints the issuer accepts now. */
  accepted(): string[]
  /** Another process: its own journal object, and providers that `around` stands before. */
  process(around?: Around, journal?: Journal): Context
  rotate(about?: Partial<Purpose>, context?: Context): ReturnType<typeof attend>
  run(about?: Partial<Purpose>, context?: Context): ReturnType<typeof attend>
  live(): string[]
  record(): Promise<KeyRecord>
  rotation(): Promise<Rotation>
  texts(kind: string): Promise<string[]>
  /** Time passes for everybody. */
  pass(ms: number): void
  now(): number
  /** Puts another plain value into a target, as somebody else would. */
  write(target: number, value: string): void
}

let serial = 0
/** Rigs of one space share its clock. */
const ambients = new Map<string, VirtualAmbient>()

function ambientOf(name: string, seed: number): VirtualAmbient {
  if (!ambients.has(name)) ambients.set(name, { clock: new VirtualClock(), random: seedRandom(seed) })
  return ambients.get(name) as VirtualAmbient
}

/** One managed key with memory providers: `targets` secrets, each with a sibling field, all on one old key. */
export function makeRig(setup: Setup = {}): Rig {
  const name = setup.space ?? `space-${++serial}`
  const ambient = ambientOf(name, setup.seed ?? 1)
  const { clock, random } = ambient
  // Issuer and stores are other machines: setting the clock of this one leaves theirs alone.
  const services = { random, clock: clock.elsewhere() }
  const space = memorySpace(name, services)
  const secrets = storeSpace(name, services)
  const journal = journalSpace(name)
  const at = (provider: string) => ({ name: provider, stateFolder: '', ...services })
  const key = makeKey(setup)
  const old =
    setup.empty || setup.space
      ? undefined
      : space.addKey({ name: 'first', ...(setup.issuer?.lifecycle === 'slots' ? { slot: 'first' } : {}) })
  for (const { secret } of key.targets) {
    if (secrets.secrets.has(secret)) continue
    secrets.addSecret(secret, {
      ...{ OTHER: 'sibling', ...(old ? { KEY: old.material.value?.expose() ?? '' } : {}) },
    })
  }
  const events: NotifyEvent[] = []
  const given = issuerOptions.parse({ space: name, canDisable: false, ...setup.issuer })
  const api = makeIssuer(given, at('issuer'))
  const issuer = setup.makeIssuer?.(space, api) ?? api
  const wrap = setup.wrapStore ?? ((store: SecretStore) => store)
  const stores: Record<string, SecretStore> = {
    store: wrap(makeStore(storeOptions.parse({ space: name, ...setup.store }), at('store'))),
    plain: wrap(
      makeStore(storeOptions.parse({ space: name, ...setup.store, compareAndSet: false }), at('plain')),
    ),
  }
  const consumers = setup.consumers ?? {}

  function process(around: Around = (_call, run) => run(), known?: Journal): Context {
    const cut = <T extends object>(label: string, provider: T) => wrapCalls(label, provider, around)
    return {
      installation: setup.installation ?? 'k7f3',
      keys: new Map([[key.name, key]]),
      limits: { atOnce: 4, perRun: 25, perDay: 100 },
      standing: { pausedAll: null },
      journal: cut('journal', known ?? openMemoryJournal(journal, ambient)) as Journal,
      providers: {
        issuer: async () => cut('issuer', issuer),
        store: async (store) => cut('store', stores[store] ?? missing(store)),
        consumer: async (consumer) => cut('consumer', consumers[consumer] ?? missing(consumer)),
        tell: (event) => void events.push(event),
      },
      holder: 'test',
      waitMs: setup.waitMs ?? 10_000,
      stop: new AbortController().signal,
      ...ambient,
    }
  }

  const context = process()
  const rig: Rig = {
    name,
    context,
    clock,
    space,
    secrets,
    journal,
    events,
    key,
    process,
    now: clock.wallMs,
    pass: (ms) => {
      clock.pass(ms)
      space.landChanges()
      secrets.landChanges()
    },
    held: () => key.targets.map((target) => heldBy(secrets, target.secret)),
    accepted: () => space.keys.filter((one) => isLive(space, one)).map((one) => nameKey(one.material)),
    rotate: (about = {}, by = context) =>
      attend(by, key.name, {
        takeOver: true,
        start: () => ({ id: `20261122-${random(6)}`, reason: setup.empty ? 'first' : 'asked' }),
        ...about,
      }),
    run: (about = {}, by = context) => attend(by, key.name, { takeOver: true, start: () => null, ...about }),
    live: () => space.liveKeys().map((one) => one.id),
    record: async () =>
      (await context.journal.load(key.name)).record ?? Promise.reject(new Error('no record')),
    rotation: async () => (await rig.record()).rotation ?? Promise.reject(new Error('no rotation runs')),
    texts: async (kind) =>
      (await context.journal.trail({ key: key.name, limit: 10_000 }))
        .filter((entry) => entry.kind === kind)
        .map((entry) => entry.text),
    write: (target, value) => secrets.foreignWrite(key.targets[target]?.secret ?? '', { KEY: value }),
  }
  return rig
}

function makeKey(setup: Setup): KeyConfig {
  const targets = Array.from({ length: setup.targets ?? 1 }, (_, index) => {
    const secret = `app-${index}`
    const store = setup.plain?.includes(index) ? 'plain' : 'store'
    return { id: `${store}/${secret}#KEY`, store, secret, fields: { value: 'KEY' } }
  })
  return {
    name: setup.keyName ?? 'video',
    environment: 'test',
    service: 'renderer',
    owner: 'team',
    issuer: 'issuer',
    targets,
    consumers: Object.keys(setup.consumers ?? {}),
    policy: { quietForMs: 1, ...quick, ...setup.policy } as Policy,
    leaseMs: setup.leaseMs ?? 2_000,
    lookEveryMs: setup.lookEveryMs ?? 0,
    observe: false,
    exclusive: false,
    ...(setup.settleMs === undefined ? {} : { settleMs: setup.settleMs }),
  }
}

function missing(name: string): never {
  throw new Error(`there is no provider ${name}`)
}
