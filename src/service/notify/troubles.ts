/**
 * What is wrong with a key now, from its record alone. People are told of the difference to what they were told before:
 * a message lost with a killed process is found again, and the end of a trouble is noticed whatever ended it.
 */
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type { KeyRecord, OperatorAsk, Rotation } from '../../contracts/record.ts'
import { commandFor, confirmationOf } from '../../workflow/words/confirmations.ts'
import { describeEvidence } from '../../workflow/words/evidence.ts'
import { reasons } from '../../workflow/words/reasons.ts'
import { ofBroken, ofPlaces, ofViolation } from '../next-steps.ts'
import { isBroken, situationOf } from '../outcome.ts'

export interface Trouble extends Pick<NotifyEvent, 'level' | 'kind' | 'message'> {
  /** People are told again when this changes. */
  stage: string
  rotation?: string
  command?: string
  evidence?: readonly string[]
  /** A person is late: whoever is above the owner is told too. */
  isEscalated?: true
}

export interface Troubles {
  troubles: Trouble[]
  /** When something changes by the passing of time alone; null: never. */
  nextAt: number | null
}

/** Trouble of a rotation that belongs to a campaign is in the campaign's summary, unless it stands for this long. */
const IN_SUMMARY_MS = 86_400_000

/**
 * Kinds of events that are not passed on as they come: the record shows what they are about, or they tell of a course
 * that ends in something that it shows.
 */
const kept: ReadonlySet<string> = new Set<string>([
  ...Object.values(reasons),
  'rotation-rolled-back',
  'rollback',
  'target-cannot-hold-key',
  'kill-by',
  'delete-key',
  'dead-value',
  'after-care',
  'not-retired',
])

export function isKeptInRecord(kind: string): boolean {
  return kept.has(kind)
}

export function troublesOf(record: KeyRecord, now: number): Troubles {
  const { rotation } = record
  const held = rotation ? ofRotation(record, rotation, now) : { troubles: [], nextAt: null }
  return {
    troubles: [
      ...held.troubles,
      ...ofLast(record),
      ...ofDebts(record),
      ...ofViolations(record),
      ...ofTargets(record, now),
    ],
    nextAt: held.nextAt,
  }
}

function ofRotation(record: KeyRecord, rotation: Rotation, now: number): Troubles {
  const held = ofHold(record, rotation, now)
  const since = rotation.hold?.since ?? now
  if (rotation.campaign === undefined || now >= since + IN_SUMMARY_MS) return held
  return { troubles: [], nextAt: since + IN_SUMMARY_MS }
}

function ofHold(record: KeyRecord, rotation: Rotation, now: number): Troubles {
  const { hold, operator, flags } = rotation
  const troubles: Trouble[] = []
  if (flags.unlisted)
    troubles.push(
      plain(
        rotation,
        'warning',
        reasons.listUnsound,
        'the list of the issuer does not show the key that was just made: check `list` in its config',
      ),
    )
  if (flags.shared)
    troubles.push(
      plain(
        rotation,
        'alarm',
        reasons.sharedKey,
        `the leaked key is used elsewhere too: it lives until they have another one; keyrota explain ${record.key} names them`,
      ),
    )
  if (!hold) return { troubles, nextAt: null }
  const { standing } = situationOf({ key: record.key, end: 'idle', record, notes: [] }, now, false)
  const base = {
    ...plain(rotation, 'alarm', hold.reason, hold.detail),
    ...(hold.command ? { command: hold.command } : {}),
  }
  const evidence = (hold.evidence ?? []).map(describeEvidence)
  const trouble = evidence.length > 0 ? { ...base, evidence } : base
  if (standing === 'blocked')
    return { troubles: [...troubles.filter(({ kind }) => kind !== hold.reason), trouble], nextAt: null }
  if (operator && (standing === 'person' || standing === 'person-late')) {
    const asked = ofOperator(trouble, rotation, operator, now)
    return { troubles: [...troubles, ...asked.troubles], nextAt: asked.nextAt }
  }
  if (standing !== 'passing') return { troubles, nextAt: null }
  // Of a leaked key nobody waits quietly; else a provider may be away for half of the time after which it is given up.
  if (rotation.compromised && flags['held-up']) return { troubles: [...troubles, trouble], nextAt: null }
  const lateAt = Math.max(hold.since, rotation.progressAt) + rotation.pin.policy.giveUpMs / 2
  if (now < lateAt) return { troubles, nextAt: lateAt }
  return { troubles: [...troubles, { ...trouble, level: 'warning' }], nextAt: null }
}

/**
 * A person is asked once, reminded from half of the time on together with whoever is above, and late is an alarm. That
 * the old key is to be deleted is said with the first request, so that it is asked for again only once it has waited: a
 * live key that nobody uses harms nobody for a day, unless it leaked.
 */
function ofOperator(
  trouble: Trouble,
  rotation: Rotation,
  { kind, askedAt, deadline }: OperatorAsk,
  now: number,
): Troubles {
  const { remindEveryMs } = rotation.pin.policy
  const half = askedAt + (deadline - askedAt) / 2
  const isAnnounced = kind === 'revoke' && !rotation.compromised
  const from = isAnnounced ? Math.min(askedAt + remindEveryMs, half) : askedAt
  if (now < from) return { troubles: [], nextAt: from }
  if (now < half) {
    const later =
      kind === 'create' && rotation.old
        ? `; once it is in use, the old one (${rotation.old.fingerprint}) is to be deleted: keyrota status says when`
        : ''
    const stage = `${trouble.stage} asked`
    return {
      troubles: [{ ...trouble, level: 'warning', stage, message: `${trouble.message}${later}` }],
      nextAt: half,
    }
  }
  const isLate = now >= deadline
  const since = isLate ? deadline : half
  const passed = Math.floor((now - since) / remindEveryMs)
  // Whoever has not come for a day comes no sooner for a message each day.
  const count = isLate && passed > 0 ? 1 + Math.floor(Math.log2(passed)) : passed
  const nextIn = isLate && passed > 0 ? 2 ** count : passed + 1
  const nextAt = Math.min(since + nextIn * remindEveryMs, isLate ? Number.POSITIVE_INFINITY : deadline)
  const by = `${isLate ? 'it was' : 'it is'} wanted by ${new Date(deadline).toISOString().slice(0, 16)}Z`
  const reminder: Trouble = {
    ...trouble,
    level: isLate ? 'alarm' : 'warning',
    stage: `${trouble.stage} ${isLate ? 'late' : 'reminded'} ${count}`,
    message: `${isLate ? 'late' : 'reminder'}: ${trouble.message}; ${by}`,
    isEscalated: true,
  }
  return { troubles: [reminder], nextAt }
}

function plain(rotation: Rotation, level: Trouble['level'], kind: string, message: string): Trouble {
  return { level, kind, message, stage: rotation.id, rotation: rotation.id }
}

/** What the last rotation left: nobody has to act on a way back, but no key was replaced. */
function ofLast(record: KeyRecord): Trouble[] {
  const { last, rotation } = record
  const troubles: Trouble[] = []
  const broken = rotation?.exceptions.find(({ kind }) => kind === 'kill-by')
  if (rotation && broken) troubles.push(plain(rotation, 'alarm', 'kill-by', broken.detail))
  if (!last) return troubles
  const about = { level: 'alarm', stage: last.id, rotation: last.id } as const
  // Of a campaign, the summary lists what was not replaced; what was only stopped is begun again.
  if (last.end === 'rolled-back' && last.campaign === undefined && !last.isStopped)
    troubles.push({
      ...about,
      kind: 'rotation-rolled-back',
      message: `rolled back: ${last.why ?? 'asked for'}`,
      command: `keyrota explain ${record.key}`,
    })
  if (!rotation && isBroken(record)) {
    const { about: message, command } = ofBroken(record)
    troubles.push({ ...about, kind: 'kill-by', message, command })
  }
  return troubles
}

function ofDebts({ key, debts }: KeyRecord): Trouble[] {
  const [first, ...more] = debts
  if (!first) return []
  const others = more.length > 0 ? `; and ${more.length} more: keyrota status ${key}` : ''
  const command = commandFor(key, confirmationOf('deleted', first.name))
  const stage = debts.map(({ name }) => name).join(' ')
  return [
    {
      level: 'alarm',
      kind: 'delete-key',
      message: `delete ${first.name} at the issuer: ${first.why}${others}`,
      command,
      stage,
    },
  ]
}

function ofViolations(record: KeyRecord): Trouble[] {
  return record.violations
    .filter(({ kind }) => kind !== 'handed-over')
    .map((violation) => {
      const { about: message, command } = ofViolation(record, violation)
      const level = violation.kind.startsWith('not-retired') ? 'warning' : 'alarm'
      return { level, kind: violation.kind, message, command, stage: '' }
    })
}

function ofTargets(record: KeyRecord, now: number): Trouble[] {
  const { places } = situationOf({ key: record.key, end: 'idle', record, notes: [] }, now, false)
  if (places !== 'drift' && places !== 'denied') return []
  const [first, ...more] = ofPlaces(record)
  if (!first) return []
  const kind = places === 'drift' ? reasons.drift : reasons.targetRefused
  const others = more.length > 0 ? `; and ${more.length} more targets` : ''
  return [{ level: 'alarm', kind, message: `${first.about}${others}`, command: first.command, stage: '' }]
}
