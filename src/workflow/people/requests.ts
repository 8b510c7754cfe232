/** What a person asks for at the place where a key is declared, done to its record as the commands do it. */
import { parseWhen } from '../../contracts/instant.ts'
import type { AuditEntry } from '../../contracts/journal.ts'
import type { LeftRequest } from '../../contracts/key-source.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { abandonOrRollBack, confirm, confirmable, lookAfresh, type Said } from './confirm.ts'
import { type Compromised, joinCompromised } from './report-leak.ts'

/** What is known of the key beside its record. */
export interface About {
  /** Absent: no config declares it any more. */
  key: { observe: boolean; first?: boolean; isOfTeam: boolean; isLeaving: boolean } | undefined
  now: number
}

export interface Took {
  isTaken: boolean
  text: string
  audit: AuditEntry[]
}

/** A team's rotations count for limits that all share: one key takes no more than this of them. */
const TEAM_PAUSE_MS = 600_000

/**
 * Takes the request, or says why not. One that was taken before changes nothing and gets the same answer: it could not be
 * taken away then, or several replicas saw it at once.
 */
export function takeRequest(record: KeyRecord, request: LeftRequest, about: About): Took {
  if (record.taken?.[request.name] === request.token)
    return { isTaken: true, text: record.answered?.[request.name] ?? 'taken before', audit: [] }
  const { by } = request
  if (by === null) return refuse('nothing shows who set it; set it with `kubectl annotate`')
  const took = verbs[request.name](record, request, { ...about, by })
  if (!took.isTaken) return took
  record.taken = { ...record.taken, [request.name]: request.token }
  record.answered = { ...record.answered, [request.name]: took.text }
  record.wakeAt = about.now
  const { rotation } = record
  const text = `${by} asked: ${request.name}${request.words ? ` (${clip(request.words)})` : ''}; ${took.text}`
  const said = {
    at: about.now,
    key: record.key,
    kind: 'asked',
    text,
    ...(rotation ? { rotation: rotation.id } : {}),
  }
  return { ...took, audit: [said, ...took.audit] }
}

type Verb = (record: KeyRecord, request: LeftRequest, about: About & { by: string }) => Took

const verbs: Readonly<Record<LeftRequest['name'], Verb>> = {
  rotate: askForRotation,
  compromised: reportLeak,
  pause: pauseOrGoOn,
  confirm: confirmOrRetry,
  rollback: (record, { words }, { now }) =>
    toTook(abandonOrRollBack(record, now, words || 'a person asked for it'), 'the rotation is turned back'),
}

function askForRotation(
  record: KeyRecord,
  { words }: LeftRequest,
  { key, now, by }: About & { by: string },
): Took {
  const why = whyNotRotated(record, key)
  if (why !== null) return refuse(why)
  const { rotation, last } = record
  if (rotation) return take(`the rotation ${rotation.id} is running already and goes on`)
  if (record.request?.reason === 'compromised')
    return take('a rotation is requested already, for a leaked key')
  const untilMs = (last?.at ?? 0) + TEAM_PAUSE_MS
  if (key?.isOfTeam && last?.end === 'completed' && last.reason === 'asked' && untilMs > now)
    return refuse(
      `it was rotated at ${sayTime(last.at)}; ask again after ${sayTime(untilMs)}, or report it compromised`,
    )
  record.request = { reason: 'asked', at: now, why: sayWhy(words, by) }
  return take('a rotation is requested')
}

function reportLeak(record: KeyRecord, request: LeftRequest, { key, now, by }: About & { by: string }): Took {
  const why = whyNotRotated(record, key)
  if (why !== null) return refuse(why)
  const { words, leaked = 'both', killBy } = request
  if (leaked !== 'old' && leaked !== 'new' && leaked !== 'both')
    return refuse('`keyrota.dev/leaked` is not valid; expected old, new or both')
  const killAt = killBy === undefined ? undefined : parseWhen(killBy, now)
  if (killAt === null)
    return refuse(
      '`keyrota.dev/kill-by` is not valid; expected a duration such as 15m, or a time such as 2026-01-31T15:00:00Z',
    )
  const report: Compromised = {
    leaked,
    ...(killAt === undefined ? {} : { killBy: killAt }),
    why: sayWhy(words, by),
  }
  const audit = joinCompromised(record, report, now)
  const text = record.rotation ? `the rotation ${record.rotation.id} joins it` : 'it is rotated at once'
  return {
    ...take(killAt === undefined ? text : `${text}; the old key is revoked by ${sayTime(killAt)}`),
    audit,
  }
}

/** Why nothing is rotated for this key, whoever asks; null: nothing is against it. */
function whyNotRotated(record: KeyRecord, key: About['key']): string | null {
  if (!key) return 'it is not accepted as a key now; see its condition Ready'
  if (key.isLeaving) return 'its declaration was deleted'
  if (key.observe) return 'it is only observed; take `observe: true` out of its declaration first'
  if (record.current || record.rotation || key.first) return null
  return 'it has no key to rotate yet; see its condition Ready, or set `first: true` to have the first key created'
}

/** A rotation that runs goes on: between two steps both keys are valid, and nobody is served by staying there. */
function pauseOrGoOn(record: KeyRecord, { words }: LeftRequest, { now, by }: About & { by: string }): Took {
  const until = words === 'true' || words === 'false' ? undefined : parseWhen(words, now)
  if (until === null)
    return refuse(
      'is not valid; expected true, false, a duration such as 3d, or a time such as 2027-01-06T08:00:00Z',
    )
  if (until !== undefined && until <= now) return refuse(`${sayTime(until)} is past`)
  if (words === 'false') {
    const wasPaused = record.paused !== undefined
    delete record.paused
    return take(wasPaused ? 'it is rotated when it is due again' : 'it was not paused')
  }
  record.paused = { ...(record.paused ?? { at: now, by }), ...(until === undefined ? {} : { until }) }
  if (until === undefined) delete record.paused.until
  const goesOn = record.rotation
    ? `; the rotation ${record.rotation.id}, which is running, goes on to its end`
    : ''
  const end = until === undefined ? 'pause is set to false' : sayTime(until)
  return take(`no rotation starts by itself until ${end}${goesOn}`)
}

function confirmOrRetry(record: KeyRecord, { words }: LeftRequest, { key, now }: About): Took {
  if (words.startsWith('id:'))
    return refuse('an id is confirmed by the platform alone: keyrota resume KEY --confirm id:ID')
  // It names a key at the issuer to be revoked, and other teams have keys there as well.
  if (words.startsWith('orphan:') && isOfTeam(record, key))
    return refuse('whose key that is the platform alone confirms: keyrota resume KEY --confirm orphan:ID')
  if (words !== '') return toTook(confirm(record, words, now), `confirmed ${parseKnown(words)}`)
  if (!record.rotation) return refuse('no rotation is running, so nothing is retried')
  lookAfresh(record, now)
  return take(
    `it is retried${confirmable(record).length > 0 ? '; something is asked, see its condition Blocked' : ''}`,
  )
}

/** Also of a declaration that is not accepted now. */
function isOfTeam({ key: name }: KeyRecord, key: About['key']): boolean {
  return key?.isOfTeam ?? name.includes('/')
}

/** The word before the colon: it was understood, so it is one of ours. */
function parseKnown(words: string): string {
  return words.split(':')[0] ?? ''
}

function toTook(said: Said, text: string): Took {
  return 'refused' in said ? refuse(said.refused) : take(text)
}

function take(text: string): Took {
  return { isTaken: true, text, audit: [] }
}

function refuse(text: string): Took {
  return { isTaken: false, text, audit: [] }
}

/** Stands beside the rotation for as long as it is remembered. */
function sayWhy(words: string, by: string): string {
  return words === '' ? `by ${by}` : `${clip(words)}, by ${by}`
}

function sayTime(at: number): string {
  return new Date(at).toISOString()
}

const MAX_WORDS = 200

function clip(words: string): string {
  const plain = words.replace(/\s+/g, ' ').trim()
  return plain.length > MAX_WORDS ? `${plain.slice(0, MAX_WORDS)}…` : plain
}
