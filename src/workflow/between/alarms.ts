import { lifecycleRules } from '../../contracts/lifecycle.ts'
import type { KeyRecord, PastKey, Pin, ViolationKind } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { isApi, markNumber } from '../keys/attempts.ts'
import { type HandedOver, showHandedOver } from '../keys/handed-over.ts'
import { nameHoldings, usersAmong } from '../keys/holdings.ts'
import { isKnownDead } from '../keys/known-keys.ts'
import type { Answers, Question } from '../words/questions.ts'
import { setViolation } from '../words/violations.ts'

/*
 * Trouble on record is judged again at every look, from what is true now: it ends when its cause does. What is not
 * known now changes nothing.
 */

/** Who shares the key, who still uses one that was handed over or is to be deleted, and a missing id. */
export function questionsOfAlarms(record: KeyRecord, pin: Pin): Question[] {
  const { current, past, debts } = record
  const fingerprints = [
    current?.fingerprint,
    ...past.filter(({ state }) => state === 'handed-over').map(({ fingerprint }) => fingerprint),
    ...debts.map(({ fingerprint }) => fingerprint),
  ].filter((one) => one !== undefined)
  const asked = [...new Set(fingerprints)].map((fingerprint): Question => ({ ask: 'holders', fingerprint }))
  if (current && !current.ref && isShown(record, 'no-way-to-revoke') && pin.issuer.canIdentify)
    asked.push({ ask: 'identify', fingerprint: current.fingerprint })
  return [...asked, ...questionsOfKept(record, pin)]
}

/** Dead versions that a store could not remove: somebody may have done so since. */
function questionsOfKept({ violations }: KeyRecord, pin: Pin): Question[] {
  return violations.flatMap(({ kind, version }): Question[] => {
    const target = kind.slice(kind.indexOf(':') + 1)
    const isThere = pin.targets.some(({ id, traits }) => id === target && traits.readable)
    return kind.startsWith('not-retired:') && version !== undefined && isThere
      ? [{ ask: 'version', target, version }]
      : []
  })
}

function isShown({ violations }: KeyRecord, kind: ViolationKind): boolean {
  return violations.some((one) => one.kind === kind)
}

export function judgeAlarms(record: KeyRecord, pin: Pin, answers: Answers, now: number): void {
  if (!record.current) return
  judgeShared(record, answers, now)
  judgeHandedOver(record, answers, now)
  judgeDebts(record, answers)
  judgeIdUnknown(record, pin, answers, now)
  setViolation(record, 'different-values', null, now)
  judgeTargets(record, pin, answers, now)
  for (const [target, isGone] of Object.entries(answers.gone ?? {}))
    if (isGone) setViolation(record, `not-retired:${target}`, null, now)
  if (Object.keys(answers.targets).length > 0 && !marksFromLater(record, answers))
    setViolation(record, 'journal-is-old', null, now)
}

/** The key in use is also that of others: neither is revoked under the other, but each should have its own. */
export function judgeShared(record: KeyRecord, answers: Answers, now: number): void {
  const holdings = answers.holders[record.current?.fingerprint ?? '']
  if (!holdings) return
  const detail = describeShared(holdings)
  setViolation(record, 'shared-value', detail, now, `keyrota rotate ${quoteWord(record.key)}`)
}

/** Who else has the key; null: nobody. */
export function describeShared(holdings: Answers['holders'][string]): string | null {
  const users = usersAmong(holdings)
  return users.length > 0 ? `the same value is also the key of ${nameHoldings(users)}` : null
}

/** Earlier keys that others used when this one left: the last of them ends it, and if that is nobody, a person does. */
function judgeHandedOver(record: KeyRecord, answers: Answers, now: number): void {
  const living: HandedOver[] = []
  for (const past of record.past.filter(({ state }) => state === 'handed-over')) {
    const holdings = answers.holders[past.fingerprint]
    if (!holdings) continue
    const users = usersAmong(holdings)
    if (users.length > 0) {
      living.push({ past, names: nameHoldings(users), keys: users.map(({ key }) => key) })
    } else if (holdings.some((one) => one.past === 'revoked' || one.past === 'dead')) past.state = 'revoked'
    else {
      past.state = 'not-revoked'
      if (!holdings.some(({ as }) => as === 'owes')) owe(record, past, now)
    }
  }
  showHandedOver(record, living, now)
}

function owe(
  record: KeyRecord,
  { fingerprint, ref, rotation = '', usedBy = [] }: PastKey,
  now: number,
): void {
  record.debts.push({
    name: ref?.name ?? `the key ${fingerprint}`,
    fingerprint,
    ...(ref ? { ref } : {}),
    rotation,
    why: `it was shared with ${usedBy.join(', ')}, which no longer uses it and did not revoke it`,
    since: now,
  })
}

/** A key that another managed key uses must not be deleted, and one that another has ended need not be. */
function judgeDebts(record: KeyRecord, answers: Answers): void {
  record.debts = record.debts.filter(({ fingerprint }) => {
    const holdings = fingerprint === undefined ? undefined : answers.holders[fingerprint]
    if (!holdings) return true
    return usersAmong(holdings).length === 0 && !holdings.some((one) => one.past === 'revoked')
  })
}

/** Whether the key can be revoked one day; another managed key may know the id. */
export function judgeIdUnknown(record: KeyRecord, pin: Pin, answers: Answers, now: number): void {
  const { current } = record
  if (!current) return
  const known = answers.holders[current.fingerprint]?.find((one) => one.ref)?.ref
  const ref = answers.identified?.is === 'ok' ? answers.identified.ref : known
  if (!current.ref && ref) current.ref = ref
  const isById = isApi(pin.issuer) && lifecycleRules(pin.issuer).endOld === 'revoke'
  const revocable = !isById || current.ref || pin.issuer.traits.revokesByValue
  const detail = `the issuer's id of this key is unknown and ${pin.issuer.name} cannot revoke by value`
  if (revocable) setViolation(record, 'no-way-to-revoke', null, now)
  else if (!isShown(record, 'no-way-to-revoke')) setViolation(record, 'no-way-to-revoke', detail, now)
}

/** A dead key in a target is shown as long as it is there; whatever else a target holds, `status` shows by itself. */
function judgeTargets(record: KeyRecord, pin: Pin, answers: Answers, now: number): void {
  const ids = pin.targets.map(({ id }) => id)
  const shown = record.violations.flatMap(({ kind }) =>
    kind.includes(':') ? [kind.slice(kind.indexOf(':') + 1)] : [],
  )
  for (const id of new Set([...ids, ...shown])) {
    // Whatever was wrong with a target that the config no longer has is over.
    const reading = ids.includes(id) ? answers.targets[id] : ({ is: 'absent' } as const)
    if (!reading || reading.is === 'failed') continue
    const past = reading.is === 'value' && isPast(record, reading.fingerprint) ? reading.fingerprint : null
    if (past === null) {
      setViolation(record, `dead-value:${id}`, null, now)
      setViolation(record, `drift:${id}`, null, now)
    } else if (isKnownDead(record, past) && !isShown(record, `dead-value:${id}`)) {
      setViolation(record, `drift:${id}`, null, now)
      setViolation(record, `dead-value:${id}`, `${id} holds an earlier key (${past}) that is dead`, now)
    }
  }
}

function isPast({ current, past }: KeyRecord, fingerprint: string): boolean {
  return fingerprint !== current?.fingerprint && past.some((one) => one.fingerprint === fingerprint)
}

function marksFromLater(record: KeyRecord, answers: Answers): boolean {
  return Object.values(answers.targets).some(
    (reading) =>
      reading.is === 'value' &&
      !reading.shared &&
      markNumber(reading.mark ?? '', record.installation) > record.lastMark,
  )
}
