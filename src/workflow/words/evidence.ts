import type { ProbeAnswer } from '../../contracts/key-issuer.ts'
import type { Attempt, Evidence, Failure, Rotation, TargetLedger } from '../../contracts/record.ts'
import type { Answers, TargetReading } from './questions.ts'

/** A hold is read by people: more than this would hide what matters. */
const MOST = 8
const LONGEST = 300

interface Seen {
  readonly rotation: Rotation
  readonly answers: Answers
}

/**
 * What was seen last that is not as it has to be, with what was expected and where: the reason behind a wait or a block.
 * Nothing in it is a value, since no answer contains one.
 */
export function collectEvidence(seen: Seen): Evidence[] {
  const all = [
    ...ofProbe(seen),
    ...Object.entries(seen.answers.checks).flatMap(([id, check]) => ofFailed(`access to ${id}`, check)),
    ...Object.entries(seen.answers.targets).flatMap(([id, reading]) => ofTarget(seen.rotation, id, reading)),
    ...ofWrites(seen),
    ...Object.entries(seen.answers.consumerChecks ?? {}).flatMap(([name, check]) =>
      ofFailed(`consumer ${name}`, check),
    ),
    ...ofConsumers(seen),
    ...ofIssuer(seen),
  ]
  return all.slice(0, MOST).map((one) => ({ ...one, saw: shorten(one.saw) }))
}

/** Evidence as one line: `probe of gateway, key a1b2 (new): status 403; expected 422 or 401`. */
export function describeEvidence({ about, saw, expected }: Evidence): string {
  return `${about}: ${saw}${expected ? `; expected ${expected}` : ''}`
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function ofProbe({ rotation, answers }: Seen): Evidence[] {
  const { probe } = answers
  if (!probe) return []
  const about = `probe of ${rotation.pin.issuer.name}`
  const subjects = Object.entries(probe.subjects).flatMap(([fingerprint, answer]) => {
    const wanted = isToBeDead(rotation, fingerprint) ? 'rejected' : 'accepted'
    return ofVerdict(`${about}, ${nameOf(rotation, fingerprint)}`, answer, wanted)
  })
  return [...ofVerdict(`${about}, garbage key`, probe.garbage, 'rejected'), ...subjects]
}

function ofVerdict(about: string, answer: ProbeAnswer, wanted: 'accepted' | 'rejected'): Evidence[] {
  if (answer.verdict === wanted) return []
  const seen = [answer.verdict === 'unknown' ? 'no verdict' : answer.verdict]
  const { status, why = '' } = answer
  if (status !== undefined && !why.includes(String(status))) seen.push(`status ${status}`)
  if (why) seen.push(why)
  return [{ about, saw: seen.join(', '), expected: answer.expected ?? wanted }]
}

/** The old key once its revocation was sent, and the new one once it is withdrawn. */
function isToBeDead(rotation: Rotation, fingerprint: string): boolean {
  const isSent = (state: string | undefined) =>
    state !== undefined && state !== 'none' && state !== 'intended'
  if (rotation.old?.fingerprint === fingerprint) return isSent(rotation.revocation?.state)
  return isSent(rotation.withdrawal?.state)
}

function nameOf(rotation: Rotation, fingerprint: string): string {
  if (rotation.old?.fingerprint === fingerprint) return `old key ${fingerprint}`
  const isNew = rotation.attempts.some((attempt) => attempt.fingerprint === fingerprint)
  return `${isNew ? 'new key' : 'key'} ${fingerprint}`
}

function ofTarget(rotation: Rotation, id: string, reading: TargetReading): Evidence[] {
  if (reading.is === 'failed') return ofFailed(id, reading)
  if (reading.is === 'absent') return [{ about: id, saw: `the ${reading.missing} does not exist` }]
  const { fingerprint, writer, mark } = reading
  const known = [rotation.old?.fingerprint, ...rotation.attempts.map((attempt) => attempt.fingerprint)]
  if (known.includes(fingerprint)) return []
  const by = writer ? `, written by ${writer}` : mark ? `, written as ${mark}` : ''
  const expected = known.filter((one) => one !== undefined).join(' or ')
  return [{ about: id, saw: `holds ${fingerprint}${by}`, ...(expected ? { expected } : {}) }]
}

/** Writes that were refused or got no answer, unless the target could be read since. */
function ofWrites({ rotation, answers }: Seen): Evidence[] {
  return Object.entries(rotation.targets).flatMap(([id, ledger]) =>
    ledger.failure && !isWritten(ledger) && answers.targets[id]?.is !== 'failed'
      ? [{ about: `write to ${id}`, saw: ledger.failure.message }]
      : [],
  )
}

function isWritten({ writes }: TargetLedger): boolean {
  return writes.at(-1)?.state === 'done'
}

function ofConsumers({ rotation, answers }: Seen): Evidence[] {
  return Object.entries(answers.consumers).flatMap(([name, answer]) => {
    const about = `consumer ${name}`
    if (answer.is === 'failed') return ofFailed(about, answer)
    const { is, why, fingerprint } = answer.readiness
    const wanted = rotation.consumers[name]?.direction === 'old' ? 'old' : 'new'
    const expected =
      wanted === 'old' ? rotation.old?.fingerprint : rotation.attempts.findLast(isIssued)?.fingerprint
    if (is === 'ready' && (fingerprint === undefined || fingerprint === expected)) return []
    const runsWith = fingerprint ? `, runs with ${fingerprint}` : ''
    return [
      {
        about,
        saw: `${is}${why ? `: ${why}` : ''}${runsWith}`,
        expected: `ready${fingerprint && expected ? ` with the ${wanted} key ${expected}` : ''}`,
      },
    ]
  })
}

function isIssued(attempt: Attempt): boolean {
  return attempt.state === 'issued'
}

function ofIssuer({ rotation, answers }: Seen): Evidence[] {
  const { name } = rotation.pin.issuer
  const found = Object.entries(answers.found).flatMap(([mark, listed]) =>
    ofFailed(`search for ${mark}`, listed),
  )
  const attempts = rotation.attempts.flatMap(({ name: key, state, why }) =>
    why && state !== 'issued' && state !== 'revoked' ? [{ about: `creation of ${key}`, saw: why }] : [],
  )
  const revocations = [rotation.revocation, rotation.withdrawal].flatMap((one) =>
    one?.why ? [{ about: `revocation at ${name}`, saw: one.why }] : [],
  )
  return [
    ...(answers.list ? ofFailed(`list of ${name}`, answers.list) : []),
    ...found,
    ...(answers.identified ? ofFailed(`identification at ${name}`, answers.identified) : []),
    ...(answers.readBack ? ofFailed(`current key of ${name}`, answers.readBack) : []),
    ...attempts,
    ...revocations,
  ]
}

type Answered = { is: 'failed'; failure: Failure } | { is: 'ok' }

function ofFailed(about: string, answer: Answered): Evidence[] {
  return answer.is === 'failed' ? [{ about, saw: answer.failure.message }] : []
}
