/** Which process reads a meter, when it is due again, and how it fared: a document `meter` that all processes share. */
import type { Failure } from '../../contracts/record.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import type { Context } from '../context.ts'

/** A process that is killed while it reads is waited for so long. */
const BUSY_MS = 300_000
const RETRY_MS = 300_000
/** So many failures in a row, and people are told: one is nothing. */
const TELL_AFTER = 3

export interface MeterState {
  schema: 1
  meter: string
  nextAt: number
  busyUntil: number
  by: string
  /** When it last answered. */
  readAt: number | null
  keys: number
  notes: readonly string[]
  failures: number
  failedSince?: number
  failure?: { code: string; message: string; nextStep: string }
}

function hand({ journal, clock, random }: Context) {
  return { documents: journal.documents, clock, random }
}

function change(
  context: Context,
  meter: string,
  how: (before: MeterState, now: number) => MeterState | undefined,
): Promise<MeterState | null> {
  const now = context.clock.wallMs()
  return changeOrRenew<MeterState>(hand(context), { kind: 'meter', name: meter }, (before) =>
    how(before ?? newState(meter), now),
  )
}

function newState(meter: string): MeterState {
  return {
    ...{ schema: 1, meter, nextAt: 0, busyUntil: 0, by: '', readAt: null, keys: 0, notes: [], failures: 0 },
  }
}

/** `at`: when it is worth another look. */
export async function takeTurn(context: Context, meter: string): Promise<{ isOurs: boolean; at: number }> {
  let turn = { isOurs: false, at: 0 }
  await change(context, meter, (state, now) => {
    // A clock that was far ahead once must not end the watch.
    const isDue = state.nextAt <= now || state.nextAt > now + 86_400_000 * 7
    const isFree = state.busyUntil <= now || state.busyUntil > now + BUSY_MS || state.by === context.holder
    turn = { isOurs: isDue && isFree, at: isDue ? state.busyUntil : state.nextAt }
    return turn.isOurs ? { ...state, busyUntil: now + BUSY_MS, by: context.holder } : undefined
  })
  return turn
}

export async function endTurn(
  context: Context,
  meter: string,
  { everyMs, notes, keys }: { everyMs: number; notes: readonly string[]; keys: number },
): Promise<number> {
  let wasTold = false
  const state = await change(context, meter, ({ failedSince: _, failure: __, ...state }, now) => {
    wasTold = state.failures >= TELL_AFTER
    return {
      ...state,
      nextAt: now + everyMs,
      busyUntil: 0,
      readAt: now,
      keys,
      notes: notes.slice(0, 10),
      failures: 0,
    }
  })
  if (wasTold) {
    const at = context.clock.wallMs()
    const message = `meter ${meter} answers again`
    context.providers.tell({ at, level: 'info', kind: `usage-meter-${meter}`, isOver: true, message })
  }
  return state?.nextAt ?? 0
}

/** Tried again soon at first, then as often as it would be read. */
export async function failTurn(
  context: Context,
  meter: string,
  { everyMs, failure }: { everyMs: number; failure: Failure },
): Promise<number> {
  const { code, message, nextStep, retryAfterMs = 0 } = failure
  const state = await change(context, meter, (before, now) => {
    const failures = before.failures + 1
    const pauseMs = Math.max(retryAfterMs, Math.min(everyMs, RETRY_MS * 2 ** (failures - 1)))
    const failedSince = before.failedSince ?? now
    return {
      ...{ ...before, nextAt: now + pauseMs, busyUntil: 0, failures, failedSince },
      failure: { code, message, nextStep },
    }
  })
  if (state?.failures === TELL_AFTER) {
    context.providers.tell({
      at: context.clock.wallMs(),
      level: 'warning',
      kind: `usage-meter-${meter}`,
      message: `meter ${meter} has not answered since ${new Date(state.failedSince ?? 0).toISOString()}: the use of ${state.keys || 'its'} keys is not watched. ${message}. ${nextStep}`,
      command: 'keyrota check',
    })
  }
  return state?.nextAt ?? 0
}
