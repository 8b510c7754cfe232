/** The one bag of what the engine has at hand while it works on a key. It is built here and nowhere else. */
import type { CallBudget } from '../contracts/budget.ts'
import type { Ambient } from '../contracts/clock.ts'
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import type { ClaimedKey } from './claimed-key.ts'
import type { EngineContext, Watcher } from './context.ts'
import type { Slot } from './slots.ts'
import { Values } from './values.ts'
import { type World, worldOf } from './world.ts'

/** Enough to ask; nothing can be changed with it. */
export interface AtHand extends Ambient {
  readonly world: World
  readonly values: Values
  readonly journal: Journal
  /** Until when this process waits, in the journal's time; later waits are left to the next look. */
  readonly runUntil: number
  /** The journal's time, in milliseconds since 1970. */
  now(): number
  readonly watch?: Watcher
  readonly budget?: CallBudget
  /** How long a call may wait for its turn on a budget, in milliseconds. */
  readonly turnWaitMs: number
  /** Called right before each single request. @throws LeaseOverError when the claim no longer covers it. */
  beforeSend(): void
}

/** With the claim on the key: enough to commit and to change things outside. */
export interface ClaimAtHand extends AtHand {
  readonly claimed: ClaimedKey
  /** Ends the work after the call under way. */
  readonly stop: AbortSignal
  /** From when on a wait lets the key go, in the journal's time. */
  readonly holdUntil: number
  /** Taken while this rotation works, given back while it waits. */
  readonly slot?: Slot
}

/** The record that a call is about, and the targets, issuer and consumers it names. */
export interface Subject {
  readonly record: KeyRecord
  /** The rotation's pin, or the present config while no rotation runs. */
  readonly pin: Pin
}

type Given = Pick<EngineContext, 'keys' | 'providers' | 'journal' | 'clock' | 'random' | 'watch' | 'budget'>

/** A call waits no longer for its turn: then the rotation lets the key go and tries again later. */
const LONGEST_TURN_WAIT_MS = 20_000

/** For verbs that only ask: the machine's time, and no lease to keep within. */
export function takeAtHand(context: Given, key: string): AtHand {
  const { journal, clock, random, watch, budget } = context
  const world = worldOf(context, key)
  return {
    ...{ world, values: new Values(), journal, clock, random, runUntil: 0 },
    ...(watch ? { watch: nameKey(watch, key) } : {}),
    ...(budget ? { budget } : {}),
    turnWaitMs: LONGEST_TURN_WAIT_MS,
    now: () => clock.wallMs(),
    beforeSend: () => {},
  }
}

/** A call knows its provider and its verb; for which key it is known here. */
function nameKey(watch: Watcher, key: string): Watcher {
  return { ...watch, called: (report) => watch.called?.({ ...report, key }) }
}

/** The same with the claim: its time, its lease. */
export function holdClaim(context: EngineContext, atHand: AtHand, claimed: ClaimedKey): ClaimAtHand {
  const slot = context.slots?.slotFor(labelsOf(context, atHand.world.key, claimed.record))
  return {
    ...(slot ? { slot } : {}),
    ...atHand,
    claimed,
    stop: context.stop,
    // Nothing is sent after the lease that an intent names, and the call itself needs some of it.
    turnWaitMs: Math.min(LONGEST_TURN_WAIT_MS, claimed.leaseMs / 3),
    runUntil: claimed.now() + context.waitMs,
    holdUntil: claimed.now() + Math.min(context.waitMs, context.holdMs ?? context.waitMs),
    now: () => claimed.now(),
    beforeSend: claimed.beforeSend,
  }
}

/** What this key shares with others: its issuer and its stores, of the rotation that runs and of the present config. */
export function labelsOf(
  { keys }: Pick<EngineContext, 'keys'>,
  name: string,
  record: KeyRecord | null,
): string[] {
  const key = keys.get(name)
  const pin = record?.rotation?.pin
  const issuers = [key?.issuer, pin?.issuer.name].filter((issuer) => issuer !== undefined)
  const stores = [...(key?.targets ?? []), ...(pin?.targets ?? [])].map(({ store }) => `store/${store}`)
  return [...new Set([...issuers.map((issuer) => `issuer/${issuer}`), ...stores])].sort()
}
