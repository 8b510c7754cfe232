/** One simulated rotation: a world with faults and kills, what happens in it, and what must hold whatever happens. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Fault } from '../../providers/issuers/memory/index.ts'
import type { Fault as StoreFault } from '../../providers/stores/memory/index.ts'
import { fingerprintOf } from '../../src/contracts/fingerprint.ts'
import { assertLive, killAt, leaseRunsOut, makeWorkload, type Workload } from './actors.ts'
import { type Around, makeRig, type Rig } from './harness.ts'

const policy = { callLimitMs: 30, giveUpMs: 120, readyLimitMs: 60, retryMinMs: 1, retryMaxMs: 4 }

const times = fc.integer({ min: 1, max: 3 })
/** Well within the limit of a call, which counts from before it is sent. */
const soon = fc.integer({ min: 1, max: 5 })
const issuerVerb = fc.constantFrom(
  'issue',
  'find',
  'list',
  'revoke',
  'disable',
  'enable',
  'probe',
  'endOverlap',
  'readBack',
  'any' as const,
)
const storeVerb = fc.constantFrom('check', 'read', 'write', 'retire', 'any' as const)
const code = fc.constantFrom('throttled', 'unavailable', 'denied', 'conflict', 'not_found' as const)

const issuerFault = fc.oneof(
  fc.record({ kind: fc.constant('refuse'), verb: issuerVerb, code }),
  fc.record({ kind: fc.constantFrom('lose-answer', 'hang'), verb: issuerVerb }),
  fc.record({ kind: fc.constant('land-late'), verb: issuerVerb, ms: soon }),
  fc.record({ kind: fc.constantFrom('list-late', 'activate-late', 'revoke-late'), ms: soon }),
) as fc.Arbitrary<Fault>

const storeFault = fc.oneof(
  fc.record({
    kind: fc.constant('refuse'),
    verb: storeVerb,
    code: fc.constantFrom('throttled', 'unavailable', 'conflict'),
  }),
  fc.record({ kind: fc.constantFrom('lose-answer', 'hang'), verb: storeVerb }),
  fc.record({ kind: fc.constant('land-late'), verb: storeVerb, ms: soon }),
  fc.record({
    kind: fc.constant('foreign-write'),
    verb: fc.constant('write'),
    content: fc.constant({ OTHER: 'changed' }),
  }),
) as fc.Arbitrary<StoreFault>

/** What may differ from one simulated rotation to the next. */
export const scenes = fc.record({
  lifecycle: fc.constantFrom('many', 'roll', 'slots' as const),
  targets: fc.integer({ min: 1, max: 3 }),
  plain: fc.subarray([0, 1, 2]),
  canDisable: fc.boolean(),
  canReadBack: fc.boolean(),
  hasWorkload: fc.boolean(),
  failsFrom: fc.option(fc.constant('new'), { freq: 4 }),
  settleMs: fc.constantFrom(0, 20),
  /** How long each call takes, in turn, so that those sent at the same time overtake each other. */
  latenciesMs: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
  issuerFaults: fc.array(fc.tuple(issuerFault, times), { maxLength: 3 }),
  storeFaults: fc.array(fc.tuple(storeFault, times), { maxLength: 3 }),
  /** Calls of each process before it is killed; the last one lives. */
  kills: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 2 }),
  seed: fc.nat(),
})

type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never

export interface Simulated {
  end: string
  /** Everything that happened, in order: calls with their time, the trail, the events, what is left. */
  log: string
}

/** Plays one scene to its end. @throws when anybody ever held a dead key, or a key was lost. */
export async function simulate(scene: Scene): Promise<Simulated> {
  let first: string | null | undefined
  const app = makeWorkload({
    tells: true,
    state: (held) => (scene.failsFrom && held !== first ? 'failed' : 'ready'),
  })
  const rig = makeRig({
    targets: scene.targets,
    plain: scene.plain,
    issuer: {
      ...{ canDisable: scene.canDisable, listDelay: '20ms', lifecycle: scene.lifecycle },
      ...(scene.lifecycle === 'roll'
        ? { oldKeyOnIssue: { diesAfter: '48h' }, canReadBack: scene.canReadBack }
        : {}),
    },
    settleMs: scene.settleMs,
    policy,
    seed: scene.seed,
    ...(scene.hasWorkload ? { consumers: { app } } : {}),
  })
  first = rig.held()[0]
  app.attach(rig)
  const watched = watch(rig, scene, scene.hasWorkload ? [app] : [])
  await rig.run()
  const faults = [
    ...scene.issuerFaults.map(([fault, left]) => rig.space.inject(fault, left)),
    ...scene.storeFaults.map(([fault, left]) => rig.secrets.inject(fault, left)),
  ]
  await rig.rotate({}, rig.process(watched.around(scene.kills[0]))).catch(watched.note)
  await leaseRunsOut(rig)
  for (const kill of scene.kills.slice(1)) {
    await rig.run({}, rig.process(watched.around(kill))).catch(watched.note)
    await leaseRunsOut(rig)
  }
  for (const end of faults) end()
  const { rotation, last } = await rig.record()
  // Killed before it began: somebody asks again.
  if (!rotation && !last) await rig.rotate({}, rig.process(watched.around(), rig.context.journal))
  const end = await converge(rig, watched.around)
  rig.space.landChanges('all')
  rig.secrets.landChanges('all')
  await rig.run()
  assertLive(rig)
  assert.deepEqual(watched.seen, [])
  // A place always holds a key, also one that nobody knows.
  if (scene.lifecycle !== 'slots') await assertAllKnown(rig)
  return { end, log: await logOf(rig, watched.log) }
}

/** I1 after every call: nobody holds a dead key. Kills the process at its `kill`th call. */
function watch(rig: Rig, scene: Scene, workloads: readonly Workload[]) {
  const seen: unknown[] = []
  const log: string[] = []
  let calls = 0
  const note = (what: unknown) => void log.push(`${rig.now()} ${String(what)}`)
  const around = (kill?: number): Around => {
    const dying = killAt((_call, nth) => (nth === kill ? 'before' : undefined))
    return async (call, run, args) => {
      note(call)
      const latencyMs = scene.latenciesMs[calls++ % scene.latenciesMs.length] ?? 0
      try {
        return await dying(
          call,
          async () => {
            const answer = await run()
            await rig.clock.sleep(latencyMs)
            return answer
          },
          args,
        )
      } finally {
        note(`after ${call}`)
        try {
          assertLive(rig, workloads)
        } catch (error) {
          seen.push(`${call}: ${error}`)
        }
      }
    }
  }
  return { around, note, seen, log }
}

/** Faults are over: the rotation ends, or stands blocked where everybody sees it. */
async function converge(rig: Rig, around: (kill?: number) => Around): Promise<string> {
  for (let look = 0; look < 15; look++) {
    const { record, end } = await rig.run({}, rig.process(around(), rig.context.journal))
    if (end !== 'claimed' && !record?.rotation) return record?.last?.end ?? 'never begun'
    rig.pass(60)
  }
  const { standing, hold } = await rig.rotation()
  assert.equal(standing, 'blocked', `neither ended nor blocked: ${JSON.stringify(hold)}`)
  return `blocked: ${hold?.reason}`
}

/** I3: no key lives at the issuer that the record does not name. */
async function assertAllKnown(rig: Rig): Promise<void> {
  const record = await rig.record()
  const known = [
    record.current,
    record.kept,
    record.rotation?.old,
    ...(record.rotation?.attempts ?? []),
    ...record.debts,
  ].flatMap((one) => [one?.fingerprint, one?.ref?.id])
  // Whether it was created is asked of a person, by its name.
  const asked = record.rotation?.attempts.find(({ state }) => state === 'lost')?.name
  for (const key of rig.space.liveKeys()) {
    const isKnown =
      known.includes(key.id) || known.includes(fingerprintOf(key.material)) || key.name === asked
    assert.ok(isKnown, `a key lives that nobody knows: ${key.name}`)
  }
  if (!record.rotation && record.debts.length === 0) assert.equal(rig.live().length, 1, 'one key lives')
}

async function logOf(rig: Rig, calls: readonly string[]): Promise<string> {
  const trail = await rig.context.journal.trail({ limit: 100_000 })
  const rest = [...trail, ...rig.events, await rig.record()].map((one) => JSON.stringify(one))
  return [...calls, ...rest, ...rig.held()].join('\n')
}
