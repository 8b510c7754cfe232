import type { KeyRef } from '../contracts/key-issuer.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { limitCall } from '../engine/limits.ts'
import { setViolation } from '../workflow/words/violations.ts'
import { type Context, keyOf, ServiceError } from './context.ts'

/**
 * Looks up the id by which a person names an adopted key at its issuer, so that it can be revoked one day.
 * @throws ServiceError `refused` when the issuer lists no such live key; ProviderError when it cannot be asked.
 */
export async function lookUpId(context: Context, name: string, id: string): Promise<KeyRef> {
  const key = keyOf(context, name)
  const issuer = await context.providers.issuer(key.issuer)
  if (issuer.lifecycle === 'operator') {
    throw new ServiceError(
      'refused',
      `${key.issuer} has no API for keys, so an id is of no use`,
      'A person deletes its keys.',
    )
  }
  const limits = { limitMs: key.policy.callLimitMs, beforeSend: () => {} }
  const found = (await limitCall(limits, (call) => issuer.list(call))).find((one) => one.id === id)
  if (found) return found
  throw new ServiceError(
    'refused',
    `${key.issuer} lists no live key with the id ${id}`,
    'Look the id up at the issuer.',
  )
}

/** @throws ServiceError `refused` when the record has no key, or knows its id already. */
export function nameKey(record: KeyRecord, ref: KeyRef, now: number): void {
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
