/** The verb `rotate`: one key, now. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { type Attended, attend } from '../engine/attend.ts'
import { newRotationId } from '../engine/rotation-id.ts'
import type { StartRequest } from '../workflow/between/start.ts'
import { joinCompromised } from '../workflow/people/report-leak.ts'
import { type Context, keyOf } from './context.ts'
import { refuseValues } from './refuse-values.ts'

export interface RotateOptions {
  why?: string
  /** Creates the first key if no target holds one. */
  first?: boolean
  compromised?: {
    leaked: 'old' | 'new' | 'both'
    /** The old key is revoked this long after now, even while it is still in use. */
    killAfterMs?: number
  }
}

/**
 * Rotates one key now. While a rotation of it runs, this goes on with that one; for a leaked key it joins it.
 * @throws ServiceError `refused` for a key that is only observed, and for a reason that has the value of a key in it.
 */
export async function rotate(context: Context, name: string, options: RotateOptions): Promise<Attended> {
  keyOf(context, name)
  await refuseValues(context, name, options.why ? [options.why] : [])
  return attend(context, name, {
    takeOver: true,
    change: (record, now) => join(record, options, now),
    start: (record, now) => startOf(context, options, record, now),
  })
}

function join(record: KeyRecord, options: RotateOptions, now: number): AuditEntry[] {
  if (!options.compromised || !record.rotation) return []
  return joinCompromised(record, compromisedOf(options, now), now)
}

function startOf(
  context: Context,
  options: RotateOptions,
  record: KeyRecord,
  now: number,
): Omit<StartRequest, 'pin'> {
  const why = options.why ? { why: options.why } : {}
  const id = newRotationId(context, now)
  if (options.first && !record.current) return { id, reason: 'first', ...why }
  if (!options.compromised) return { id, reason: 'asked', ...why }
  return { id, reason: 'compromised', ...why, compromised: compromisedOf(options, now) }
}

function compromisedOf(options: RotateOptions, now: number) {
  const { leaked = 'both', killAfterMs } = options.compromised ?? {}
  return {
    leaked,
    ...(killAfterMs === undefined ? {} : { killBy: now + killAfterMs }),
    ...(options.why ? { why: options.why } : {}),
  }
}
