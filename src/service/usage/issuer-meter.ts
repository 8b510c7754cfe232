/** The issuer of keys as a meter: what its own API says of their use, or at least of their last one. */

import type { Call } from '../../contracts/call.ts'
import { parseDurationMs } from '../../contracts/duration.ts'
import { ProviderError } from '../../contracts/errors.ts'
import type { KeyIssuer } from '../../contracts/key-issuer.ts'
import type { Measured, Meter, MeterRequest } from '../../contracts/meter.ts'

const EVERY_MS = parseDurationMs('1h')
/** Asked for one by one where the issuer has no list of uses. */
const MOST_KEYS = 200

/** @throws ProviderError `invalid` when the issuer tells nothing of uses */
export function meterOfIssuer(name: string, issuer: KeyIssuer): Meter {
  const lastUsed = issuer.lifecycle === 'operator' ? undefined : issuer.lastUsed?.bind(issuer)
  const uses = issuer.uses?.bind(issuer)
  if (!uses && !lastUsed) {
    throw new ProviderError({
      code: 'invalid',
      provider: name,
      message: 'this issuer tells nothing of the use of its keys',
      effect: 'none',
      nextStep: 'Take `issuer` out of usage.from, or describe `usage` or `list.lastUsed` of this issuer.',
    })
  }
  return {
    everyMs: EVERY_MS,
    historyMs: EVERY_MS * 24,
    read: async (request, call) => {
      if (uses)
        return { measured: ofKeys(request, await uses(request, call)), completeTo: request.to, notes: [] }
      const measured = lastUsed ? await askEach(request, lastUsed, call) : []
      return { measured, completeTo: request.to, notes: [] }
    },
  }
}

function ofKeys(
  { subjects, to }: MeterRequest,
  uses: Awaited<ReturnType<NonNullable<KeyIssuer['uses']>>>,
): Measured[] {
  const owners = Map.groupBy(
    subjects.flatMap(({ key, keys }) => keys.map(({ id, fingerprint }) => ({ key, id, fingerprint }))),
    ({ id }) => id,
  )
  return uses
    .filter(({ at, amount }) => at <= to && amount >= 0)
    .flatMap(({ id, ...use }) =>
      (owners.get(id) ?? []).map(({ key, fingerprint }) => ({ ...use, key, fingerprint })),
    )
}

async function askEach(
  { subjects, to }: MeterRequest,
  lastUsed: (ref: { id: string }, call: Call) => Promise<number | 'never' | 'not-reported'>,
  call: Call,
): Promise<Measured[]> {
  const measured: Measured[] = []
  const asked = subjects.flatMap(({ key, keys }) => keys.map((one) => ({ ...one, key }))).slice(0, MOST_KEYS)
  for (const { key, fingerprint, id } of asked) {
    if (id === undefined) continue
    const at = await lastUseOf(lastUsed, id, call)
    if (at === null || at > to) continue
    measured.push({ key, fingerprint, unit: 'requests', at, amount: 0, isLastUse: true })
  }
  return measured
}

/** Null: it was never used, or the issuer does not say; a key that it no longer has tells nothing either. */
async function lastUseOf(
  lastUsed: (ref: { id: string }, call: Call) => Promise<number | 'never' | 'not-reported'>,
  id: string,
  call: Call,
): Promise<number | null> {
  try {
    const at = await lastUsed({ id }, call)
    return typeof at === 'number' ? at : null
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'not_found') return null
    throw error
  }
}
