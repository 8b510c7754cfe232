/** Journals on a stand-in of the API server, on a clock that a test can push ahead. */
import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../../../src/contracts/clock.ts'
import type { Journal, JournalContext } from '../../../../src/contracts/journal.ts'
import { machine } from '../../../../src/machine.ts'
import { makeKubernetesJournal } from '../../../shared/stand-ins/kubernetes/journal-fixture.ts'
import { type ManagedKeyServer, startManagedKeys } from '../../../shared/stand-ins/kubernetes/managed-keys.ts'

export interface Rig {
  server: ManagedKeyServer
  clock: Clock
  /** Longer than any test takes, so that only `pass` ever ends a lease. */
  readonly fixture: { leaseMs: number; open(): Promise<Journal>; pass(ms: number): Promise<void> }
  open(options?: object, context?: Partial<JournalContext>): Journal
}

/** Real pauses, since answers come over sockets, and lengths of time that a test adds to. */
function makeClock(): { clock: Clock; pass(ms: number): void } {
  let aheadMs = 0
  const { clock: real } = machine
  const monotonicMs = () => real.monotonicMs() + aheadMs
  return {
    clock: {
      ...real,
      wallMs: () => real.wallMs() + aheadMs,
      monotonicMs,
      uptime: () => ({ boot: 'boot-1', runMs: monotonicMs(), upMs: monotonicMs() }),
    },
    pass(ms) {
      aheadMs += ms
    },
  }
}

export function useRig(): Rig {
  const opened: Journal[] = []
  let pass: (ms: number) => void
  const rig: Rig = {
    server: undefined as unknown as ManagedKeyServer,
    clock: machine.clock,
    fixture: { leaseMs: 600_000, open: async () => rig.open(), pass: async (ms) => pass(ms) },
    open(options = {}, context = {}) {
      const given = { kubeconfig: rig.server.kubeconfig, ...options }
      const more = { clock: rig.clock, isProcessGone: (holder: string) => holder === 'gone', ...context }
      const journal = makeKubernetesJournal(given, more)
      opened.push(journal)
      return journal
    },
  }
  beforeEach(async () => {
    const made = makeClock()
    rig.server = await startManagedKeys()
    rig.clock = made.clock
    pass = made.pass
  })
  afterEach(async () => {
    for (const journal of opened.splice(0)) await journal.close()
    await rig.server.close()
  })
  return rig
}
