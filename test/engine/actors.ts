import assert from 'node:assert/strict'
import type { MemorySpace } from '../../providers/issuers/memory/index.ts'
import type { Consumer, Readiness } from '../../src/contracts/consumer.ts'
import type { KeyIssuer, OperatorIssuer } from '../../src/contracts/key-issuer.ts'
import type { Around, Rig } from './harness.ts'

/** A workload that reads its target when it starts and keeps that key until the next start. */
export interface Workload extends Consumer {
  /** Fingerprint it runs with. */
  runsWith: string | null
  starts: number
  restart(): Promise<void>
}

export interface WorkloadOptions {
  /** What a start reads; the first target's present value unless said otherwise. */
  reads?: () => string | null
  /** Tells the fingerprint it runs with. */
  tells?: boolean
  /** What it answers when it runs with this key; ready unless said otherwise. */
  state?: (fingerprint: string | null) => Readiness['is']
  now?: () => number
}

export function makeWorkload(options: WorkloadOptions = {}): Workload & { attach(rig: Rig): void } {
  let rig: Rig | undefined
  let startedAt = 0
  const read = () => (options.reads ? options.reads() : (rig?.held()[0] ?? null))
  const workload = {
    runsWith: null as string | null,
    starts: 0,
    attach(to: Rig) {
      rig = to
      workload.runsWith = read()
      startedAt = to.now()
    },
    async restart() {
      workload.starts += 1
      workload.runsWith = read()
      startedAt = rig?.now() ?? 0
    },
    async ready(): Promise<Readiness> {
      return {
        is: options.state?.(workload.runsWith) ?? 'ready',
        oldestStart: startedAt,
        ...(options.tells && workload.runsWith ? { fingerprint: workload.runsWith } : {}),
      }
    },
  }
  return workload
}

/** An issuer whose keys a person makes and ends in the same space: it can only be probed. */
export function makeOperator(_space: MemorySpace, api: KeyIssuer): OperatorIssuer {
  const { parts, settleMs } = api.traits
  return {
    lifecycle: 'operator',
    traits: { parts, settleMs },
    probe: (material, call) => api.probe(material, call),
    ...(api.garbage ? { garbage: () => api.garbage?.() ?? {} } : {}),
    task: (kind, about) => ({
      title: `${kind} ${about.name}`,
      url: 'https://dashboard',
      steps: [],
      confirm: [],
    }),
  }
}

/** What a killed process sees of the world from then on: nothing. */
class Killed extends Error {}

/** Kills the process at the first call for which `when` says so: `before` nothing is sent, `after` it has happened. */
export function killAt(when: (call: string, nth: number) => 'before' | 'after' | undefined): Around {
  let dead = false
  let count = 0
  return async (call, run) => {
    if (dead) throw new Killed()
    count += 1
    const at = when(call, count)
    if (at === 'before') dead = true
    if (dead) throw new Killed()
    const answer = await run()
    if (at === 'after') dead = true
    if (dead) throw new Killed()
    return answer
  }
}

/** Kills the process once it has made a key and before it probes it: the value was only in its memory. */
export function killWithValue(): Around {
  let isMade = false
  return killAt((call) => {
    if (call === 'issuer.issue') isMade = true
    return isMade && call === 'issuer.probe' ? 'before' : undefined
  })
}

/** Runs a process that gets killed; the others notice once its lease is over. */
export async function rotateAndDie(rig: Rig, around: Around): Promise<void> {
  await assert.rejects(rig.rotate({}, rig.process(around)))
  await leaseRunsOut(rig)
}

/** The next process has watched the dead one's lease for its whole length. */
export async function leaseRunsOut(rig: Rig): Promise<void> {
  const { journal } = rig.context
  const claim = await journal.claim(rig.key.name, { holder: 'next', leaseMs: rig.key.leaseMs })
  if (claim !== 'held') await journal.release(claim)
  rig.pass(rig.key.leaseMs + 1)
}

/** Goes on until the rotation is over, as later runs would. */
export async function runToEnd(rig: Rig, around?: Around): Promise<void> {
  for (let look = 0; look < 20; look++) {
    const { record, end } = await rig.run({}, around ? rig.process(around, rig.context.journal) : rig.context)
    if (!record?.rotation && end !== 'claimed') return
    rig.pass(rig.key.policy.retryMaxMs + 5)
  }
  assert.fail(`the rotation did not end: ${JSON.stringify((await rig.rotation()).hold)}`)
}

/** No target and no workload holds a key that the issuer refuses. */
export function assertLive(rig: Rig, workloads: readonly Workload[] = []): void {
  const accepted = rig.accepted()
  for (const held of rig.held()) assert.ok(held && accepted.includes(held), 'a target holds a dead key')
  for (const { runsWith } of workloads)
    assert.ok(runsWith && accepted.includes(runsWith), 'a workload runs with a dead key')
}

/** Everything under way has landed: each target holds a key that the issuer accepts, and `live` keys are left. */
export function assertSafe(rig: Rig, live = 1): void {
  rig.space.landChanges('all')
  rig.secrets.landChanges('all')
  assertLive(rig)
  assert.equal(rig.accepted().length, live, 'live keys at the issuer')
}
