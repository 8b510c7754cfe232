/*
 * What the issuer and the store in memory have in common: a service that is only imagined, with a clock, a count of its
 * requests, faults that can be switched on, and changes that happen after their caller has gone.
 */
import type { Ambient, Random } from '../../../src/contracts/clock.ts'
import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'

/** What can go wrong with a request of any service. */
export type CommonFault<Verb extends string> =
  /** Refused for certain; nothing happened. */
  | { kind: 'refuse'; verb: Verb | 'any'; code: ErrorCode; retryAfterMs?: number }
  /** The change happens, the response never comes. */
  | { kind: 'lose-answer'; verb: Verb | 'any' }
  /** The response never comes, and the change happens this much later. */
  | { kind: 'land-late'; verb: Verb | 'any'; ms: number }
  /** Never responds; ends when the caller aborts. Nothing happens at the other side. */
  | { kind: 'hang'; verb: Verb | 'any' }

/** One request, as far as faults choose by it. */
interface Aim<Verb> {
  verb: Verb
  secret?: string
}

interface AnyFault {
  kind: string
  verb?: string
  secret?: string
}

interface Pending {
  at: number
  run: () => unknown
}

export class ImaginedService<Fault extends AnyFault, Verb extends string> {
  readonly #ambient: Ambient
  readonly #faults: { fault: Fault; left: number }[] = []
  #pending: Pending[] = []
  /** The moment of the late change that happens right now. */
  #landingAt: number | null = null
  /** Requests that were sent, by verb. */
  readonly calls: Partial<Record<Verb, number>> = {}

  constructor(ambient: Ambient) {
    this.#ambient = ambient
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#landingAt ?? this.#ambient.clock.wallMs()
  }

  get random(): Random {
    return this.#ambient.random
  }

  /** Counts a request and lets happen what is due before it; like a real one, it never responds in the same turn. */
  async receive(verb: Verb): Promise<void> {
    this.calls[verb] = (this.calls[verb] ?? 0) + 1
    await this.#ambient.clock.sleep(0)
    this.landChanges()
  }

  /** Switches a fault on for the next `times` requests it hits; the returned function switches it off. */
  inject(fault: Fault, times = Number.POSITIVE_INFINITY): () => void {
    const injected = { fault, left: times }
    this.#faults.push(injected)
    return () => {
      injected.left = 0
    }
  }

  /** Switches every fault off; changes under way still happen at their time. */
  clearFaults(): void {
    this.#faults.length = 0
  }

  /** The oldest fault of one of these kinds that hits this request, used up by one. */
  takeFault<K extends Fault['kind']>(
    aim: Aim<Verb>,
    ...kinds: readonly K[]
  ): Extract<Fault, { kind: K }> | undefined {
    for (const injected of this.#faults) {
      const { fault } = injected
      if (injected.left < 1 || !isOfKind(fault, kinds) || !hits(fault, aim)) continue
      injected.left -= 1
      return fault
    }
    return undefined
  }

  /** Keeps a change that happens this much later, or when a test calls `landChanges('all')`. */
  deferChange(ms: number, run: () => unknown): void {
    this.#pending.push({ at: this.now() + ms, run })
  }

  /**
   * Lets every deferred change happen whose time has come, in the order of their times; each request does so first.
   * A change sees its own time, however late the next request comes.
   */
  landChanges(which: 'due' | 'all' = 'due'): void {
    const now = this.now()
    const landing = this.#pending.filter(({ at }) => which === 'all' || at <= now)
    this.#pending = this.#pending.filter((change) => !landing.includes(change))
    for (const { at, run } of landing.toSorted((a, b) => a.at - b.at)) {
      this.#landingAt = Math.min(at, now)
      try {
        landQuietly(run)
      } finally {
        this.#landingAt = null
      }
    }
  }
}

/** Faults without a verb belong to the one that asks for them. */
function hits(fault: AnyFault, aim: Aim<string>): boolean {
  const { verb = 'any', secret } = fault
  return (verb === 'any' || verb === aim.verb) && (secret === undefined || secret === aim.secret)
}

function isOfKind<Fault extends AnyFault, K extends Fault['kind']>(
  fault: Fault,
  kinds: readonly K[],
): fault is Extract<Fault, { kind: K }> {
  return kinds.some((kind) => kind === fault.kind)
}

/** A change that is refused after its caller has gone is refused silently. */
function landQuietly(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
  }
}

/** Ends when the caller gives up. */
export function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Spaces of one process by name, each made at its first use: the same object for everybody. */
export class Spaces<Space> {
  readonly #made = new Map<string, Space>()
  readonly #make: (ambient: Ambient) => Space

  constructor(make: (ambient: Ambient) => Space) {
    this.#make = make
  }

  get(name: string, ambient: Ambient): Space {
    const space = this.#made.get(name) ?? this.#make(ambient)
    this.#made.set(name, space)
    return space
  }

  /** Forgets a space; providers made before keep the old one. */
  drop(name: string): void {
    this.#made.delete(name)
  }
}
