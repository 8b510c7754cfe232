import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRef } from '../contracts/key-issuer.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { confirm, lookAfresh } from '../workflow/people/confirm.ts'
import { describeConfirmed } from '../workflow/words/confirmations.ts'
import { type Attended, attend } from './attend.ts'
import { type Context, ServiceError } from './context.ts'
import { lookUpId, nameKey } from './name-key.ts'

const ID = 'id:'

/**
 * Looks again at a key that waits or stands blocked, with what a person confirms; `id:<id>` names the issuer's id of
 * a key that was adopted without one.
 * @throws ServiceError `refused` when there is nothing of that name to confirm.
 */
export async function resume(
  context: Context,
  name: string,
  confirmed: readonly string[],
): Promise<Attended> {
  const ids = new Map<string, KeyRef>()
  for (const what of confirmed) {
    if (what.startsWith(ID)) ids.set(what, await lookUpId(context, name, what.slice(ID.length)))
  }
  return attend(context, name, {
    takeOver: true,
    change: (record, now) => {
      lookAfresh(record, now)
      return confirmed.map((what) => take(record, what, ids.get(what), now))
    },
    start: () => null,
  })
}

function take(record: KeyRecord, what: string, ref: KeyRef | undefined, now: number): AuditEntry {
  const rotation = record.rotation ? { rotation: record.rotation.id } : {}
  if (ref) nameKey(record, ref, now)
  else {
    const said = confirm(record, what, now)
    if ('refused' in said)
      throw new ServiceError('refused', said.refused, `See: keyrota explain ${record.key}`)
  }
  const text = `a person confirmed ${describeConfirmed(what)}`
  return { at: now, key: record.key, ...rotation, kind: 'confirmed', text }
}
