import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, FaultKind } from './fault-kinds.ts'
import { checkFault, FaultError } from './fault-kinds.ts'

const MAX_FAULTS = 100

/** What a fault is matched against: a request, or a key that is being created or revoked. */
export interface Subject {
  method?: string
  path?: string
  /** Fingerprint. */
  key?: string | undefined
  name?: string
}

/** An active fault, with how often it matched and how often it took effect. */
export type FaultView = Fault & { id: string; seen: number; hits: number }

/** The active faults, in the order in which they were added. */
export class FaultBook {
  #faults: FaultView[] = []
  #lastNumber = 0

  /** Switches a fault on. @throws FaultError if it is invalid, or if there are too many */
  add(input: unknown): FaultView {
    const fault = checkFault(input)
    if (this.#faults.length >= MAX_FAULTS) throw new FaultError([`there are ${MAX_FAULTS} faults already`])
    this.#lastNumber += 1
    const view: FaultView = { ...fault, id: `fault-${this.#lastNumber}`, seen: 0, hits: 0 }
    this.#faults.push(view)
    return { ...view }
  }

  list(): FaultView[] {
    return this.#faults.map((fault) => ({ ...fault }))
  }

  remove(id: string): boolean {
    const before = this.#faults.length
    this.#faults = this.#faults.filter((fault) => fault.id !== id)
    return this.#faults.length < before
  }

  clear(): number {
    const { length } = this.#faults
    this.#faults = []
    return length
  }

  /**
   * The first fault of these kinds that is due for this subject. Every matching fault counts it, so that `after` does not
   * depend on the order of the faults.
   */
  take<K extends FaultKind>(kinds: readonly K[], subject: Subject): Extract<Fault, { kind: K }> | undefined {
    let taken: FaultView | undefined
    for (const fault of this.#faults) {
      if (!(kinds as readonly string[]).includes(fault.kind) || !matchesSubject(fault, subject)) continue
      fault.seen += 1
      const due = fault.seen > (fault.after ?? 0) && fault.hits < (fault.times ?? Number.POSITIVE_INFINITY)
      if (taken === undefined && due) taken = fault
    }
    if (taken === undefined) return undefined
    taken.hits += 1
    return taken as FaultView & Extract<Fault, { kind: K }>
  }
}

function matchesSubject(fault: Fault, subject: Subject): boolean {
  const match: Subject = (fault.match ?? {}) as Subject
  if (match.method !== undefined && match.method !== subject.method) return false
  if (match.key !== undefined && match.key !== subject.key) return false
  if (match.name !== undefined && !subject.name?.startsWith(match.name)) return false
  if (subject.path === undefined) return true
  const patterns = match.path === undefined ? ['/api/**', '/v1/**'] : [match.path]
  return patterns.some((pattern) => matchesPath(pattern, subject.path ?? ''))
}

/** `*` matches one segment, a final `**` all that follow. */
function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  const open = wanted.at(-1) === '**'
  if (open) wanted.pop()
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every((segment, at) => segment === '*' || segment === given[at])
}

/** The waits of active faults. All of them end when the sandbox closes or is reset. */
export class Pauses {
  #stop = newStop()

  /** Waits. Returns false if the wait was cancelled, so that whatever follows it must not happen. */
  async wait(ms: number): Promise<boolean> {
    const { signal } = this.#stop
    try {
      return await delay(ms, true, { signal })
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }

  cancelAll(): void {
    this.#stop.abort()
    this.#stop = newStop()
  }
}

function newStop(): AbortController {
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  return stop
}
