/*
 * The audit trail beyond what an object keeps of it: each entry as a line of JSON, in order, to a sink. After each commit
 * the lines are waited for, but not for long, and not at all while the sink is known to fail: a rotation in the middle of
 * which a log server is down goes on. What waits is bounded, what is dropped is counted, and the status says both. A line
 * may come twice, after an answer that was lost: key and seq tell.
 */
import type { Clock } from '../../../src/contracts/clock.ts'
import type { TrailEntry } from '../../../src/contracts/journal.ts'

/** Lines that wait; of more than that the oldest are dropped. */
const MAX_LINES = 5_000
const MAX_BATCH = 200
const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000
/** How long a commit waits for its lines. */
const HOLD_MS = 2_000

/** Where lines go; throws when they may not have arrived. */
export interface Sink {
  write(lines: readonly string[]): Promise<void>
}

export interface Audit {
  add(entries: readonly TrailEntry[]): Promise<void>
  problem(): string | null
  settle(limitMs: number): Promise<void>
  /** Ends the tries. */
  stop(): void
}

export function openAudit(sink: Sink, clock: Clock): Audit {
  const lines: string[] = []
  const stopped = new AbortController()
  let working: Promise<void> | undefined
  let failure: string | undefined
  let dropped = 0

  async function work(): Promise<void> {
    for (let pauseMs = SHORTEST_PAUSE_MS; lines.length > 0 && !stopped.signal.aborted; ) {
      const batch = lines.slice(0, MAX_BATCH)
      try {
        await sink.write(batch)
        // Lines that were dropped meanwhile were the oldest, so these.
        lines.splice(0, Math.max(0, batch.length - takenOut))
        failure = undefined
        pauseMs = SHORTEST_PAUSE_MS
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        await clock.sleep(pauseMs, stopped.signal)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      }
      takenOut = 0
    }
    working = undefined
  }
  let takenOut = 0
  const settle = async (limitMs: number) => {
    const ended = new AbortController()
    await Promise.race([working, clock.sleep(limitMs, ended.signal)])
    ended.abort()
  }
  return {
    async add(entries) {
      for (const entry of entries) lines.push(JSON.stringify(toLine(entry)))
      const excess = lines.splice(0, Math.max(0, lines.length - MAX_LINES)).length
      dropped += excess
      takenOut += excess
      if (lines.length === 0) return
      working ??= work()
      if (failure === undefined) await settle(HOLD_MS)
    },
    problem: () =>
      failure === undefined && dropped === 0
        ? null
        : `the audit sink ${failure === undefined ? 'works again' : `takes nothing: ${failure}`} (${lines.length} lines wait, ${dropped} were dropped)`,
    settle,
    stop: () => stopped.abort(),
  }
}

function toLine({ seq, at, key, kind, rotation, text, data }: TrailEntry): object {
  return { time: new Date(at).toISOString(), key, seq, kind, rotation, text, data }
}
