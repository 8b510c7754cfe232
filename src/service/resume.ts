/** The verb `resume`: a second look at a blocked key, with what a person confirms. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRef } from '../contracts/key-issuer.ts'
import { type KeyRecord, newRecord } from '../contracts/record.ts'
import { ask } from '../engine/ask.ts'
import { takeAtHand } from '../engine/at-hand.ts'
import { type Attended, attend } from '../engine/attend.ts'
import { pinKey } from '../engine/pin.ts'
import { confirm, lookAfresh } from '../workflow/people/confirm.ts'
import { describeConfirmed } from '../workflow/words/confirmations.ts'
import { setViolation } from '../workflow/words/violations.ts'
import { type Context, keyOf, requireKnown, ServiceError } from './context.ts'
import { refuseValues } from './refuse-values.ts'

const ID = 'id:'

/**
 * Looks again at a key that waits or is blocked, with what a person confirms; `id:<id>` names the issuer's id of
 * a key that was adopted without one.
 * @throws ServiceError `refused` when there is nothing of that name to confirm.
 */
export async function resume(
  context: Context,
  name: string,
  confirmed: readonly string[],
): Promise<Attended> {
  await refuseValues(context, name, confirmed)
  await requireKnown(context, name)
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
      throw new ServiceError('refused', said.refused, `See: keyrota status ${record.key}`)
  }
  return {
    at: now,
    key: record.key,
    ...rotation,
    kind: 'confirmed',
    text: `a person confirmed ${describeConfirmed(what)}`,
  }
}

/**
 * Looks up the id by which a person names an adopted key at its issuer, so that it can be revoked one day.
 * @throws ServiceError `refused` when the issuer lists no such live key or cannot be asked.
 */
async function lookUpId(context: Context, name: string, id: string): Promise<KeyRef> {
  const key = keyOf(context, name)
  const issuer = await context.providers.issuer(key.issuer)
  if (issuer.lifecycle === 'operator') {
    throw new ServiceError(
      'refused',
      `${key.issuer} has no API for keys, so an id cannot be used`,
      'A person deletes its keys.',
    )
  }
  const pin = await pinKey(context.providers, key)
  const record = newRecord(name, context.installation)
  const { list } = await ask(takeAtHand(context, name), { record, pin }, [{ ask: 'list' }])
  if (list?.is === 'failed') throw new ServiceError('refused', list.failure.message, list.failure.nextStep)
  const found = list?.keys.find((one) => one.id === id)
  if (found) return found
  // What was typed may be anything, so it is not repeated.
  throw new ServiceError(
    'refused',
    `${key.issuer} lists no live key with this id`,
    'Look the id up at the issuer.',
  )
}

/** @throws ServiceError `refused` when the record has no key, or knows its id already. */
function nameKey(record: KeyRecord, ref: KeyRef, now: number): void {
  const { current, rotation } = record
  if (!current || current.ref) {
    const why = current ? `the id of its key is known (${current.ref?.id})` : 'it has no key yet'
    throw new ServiceError('refused', `${record.key}: ${why}`, `See: keyrota status ${record.key}`)
  }
  current.ref = ref
  if (ref.createdAt !== undefined) Object.assign(current, { since: ref.createdAt, sinceFrom: 'issuer' })
  if (rotation?.old?.fingerprint === current.fingerprint && !rotation.old.ref) rotation.old.ref = ref
  setViolation(record, 'no-way-to-revoke', null, now)
}
