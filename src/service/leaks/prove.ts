/** The verb `prove`: asks now, at one place, whether an earlier key is dead and the key in use is not. */
import { fingerprintOf } from '../../contracts/fingerprint.ts'
import { lifecycleRules } from '../../contracts/lifecycle.ts'
import { showsKey } from '../../contracts/listing.ts'
import type { KeyRecord, PastKey, Pin } from '../../contracts/record.ts'
import type { Material } from '../../contracts/secret-value.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { ask } from '../../engine/ask.ts'
import { type AtHand, takeAtHand } from '../../engine/at-hand.ts'
import { refuseForeign } from '../../engine/installation.ts'
import { pinKey } from '../../engine/pin.ts'
import type { Answers, ProbeSet, Question } from '../../workflow/words/questions.ts'
import { type Context, keyOf, ServiceError } from '../context.ts'
import { type Copies, findCopies } from './copies.ts'
import { type Claim, judgeProof, type Proof, sumUp } from './judge-proof.ts'

/** A key as the document names it. */
export interface ProvedKey {
  fingerprint: string
  name: string | null
  id: string | null
}

export interface ProofDocument extends Copies {
  schema: 1
  at: number
  installation: string
  key: string
  environment: string
  service: string
  owner: string
  issuer: string
  current: ProvedKey
  /** `state` and `until` are what the journal says became of it. */
  old: ProvedKey & { state: PastKey['state']; until: number; rotation: string | null }
  proof: Proof
  claims: Claim[]
  /** Every answer, with the time and the garbage key beside it. */
  probes: readonly ProbeSet[]
  /** What stores say of copies that no version names. */
  notes: string[]
  /** A rotation of this key runs: what is in use may change. */
  rotation: string | null
}

/** Sets of probes, and the pause between them: a gateway may have several instances. */
const MIN_SETS = 2
const MAX_SETS = 5
const PAUSE_MS = 1_000
/** No further set is begun after this long. */
const ASK_LIMIT_MS = 30_000

/**
 * Reads every target, looks for copies of earlier keys, and probes old, present and garbage keys together. Changes
 * nothing. `pasted`: the old key's value, where no store has it any more.
 * @throws ServiceError `refused` for a value that is no earlier key of this one, `nothing-to-do` if there is none.
 */
export async function prove(context: Context, name: string, pasted: Material | null): Promise<ProofDocument> {
  const key = keyOf(context, name)
  const loaded = await context.journal.load(name)
  if (loaded.record) refuseForeign(loaded.record, context.installation)
  const { record, current, old } = chooseKeys(name, loaded.record, pasted)
  const pin = await pinKey(context.providers, key)
  const atHand = takeAtHand(context, name)
  try {
    const subject = { record, pin }
    if (pasted) atHand.values.keep(pasted)
    const answers = await ask(atHand, subject, questionsOf(pin))
    const copies = await findCopies(atHand, subject, answers)
    const isOldHeld = atHand.values.get(old.fingerprint) !== undefined
    const sets = await probeSets(
      atHand,
      subject,
      isOldHeld ? [current.fingerprint, old.fingerprint] : [current.fingerprint],
    )
    const listed = readList(answers, current, old)
    const claims = judgeProof({
      sets,
      targets: answers.targets,
      current: current.fingerprint,
      old,
      isOldHeld,
      listed,
    })
    return {
      ...{ schema: 1, at: context.clock.wallMs(), installation: context.installation, key: name },
      ...{ environment: key.environment, service: key.service, owner: key.owner, issuer: key.issuer },
      current: { fingerprint: current.fingerprint, ...refOf(current) },
      old: {
        ...{ fingerprint: old.fingerprint, ...refOf(old), state: old.state, until: old.until },
        rotation: old.rotation ?? null,
      },
      ...{ proof: sumUp(claims), claims, probes: sets, ...copies },
      notes: Object.entries(answers.checks).flatMap(([id, check]) =>
        check.is === 'ok' ? check.notes.map((note) => `${id}: ${note}`) : [],
      ),
      rotation: record.rotation?.id ?? null,
    }
  } finally {
    atHand.values.forget()
  }
}

function chooseKeys(name: string, record: KeyRecord | null, pasted: Material | null) {
  const key = quoteWord(name)
  const current = record?.current
  const [latest] = record?.past ?? []
  if (!record || !current || !latest)
    throw new ServiceError(
      'nothing-to-do',
      `${name} has no earlier key on record`,
      `See: keyrota explain ${key}`,
    )
  if (!pasted) return { record, current, old: latest }
  const fingerprint = fingerprintOf(pasted)
  const old = record.past.find((past) => past.fingerprint === fingerprint)
  if (old) return { record, current, old }
  throw new ServiceError(
    'refused',
    fingerprint === current.fingerprint
      ? `the value that was given is the key in use of ${name}`
      : `the value that was given is no earlier key of ${name} (${fingerprint})`,
    'Give it to: keyrota leaked, which says whose it is',
  )
}

function questionsOf(pin: Pin): Question[] {
  return [
    ...pin.targets.flatMap((target): Question[] => [
      { ask: 'target', target: target.id },
      { ask: 'check', target: target.id },
    ]),
    ...(lifecycleRules(pin.issuer).isListed ? [{ ask: 'list' as const }] : []),
  ]
}

async function probeSets(
  atHand: AtHand,
  subject: { record: KeyRecord; pin: Pin },
  subjects: readonly string[],
): Promise<ProbeSet[]> {
  const { clock } = atHand
  const count = Math.min(MAX_SETS, Math.max(MIN_SETS, subject.pin.policy.confirmations))
  const endsAt = clock.monotonicMs() + ASK_LIMIT_MS
  const sets: ProbeSet[] = []
  while (sets.length < count && (sets.length === 0 || clock.monotonicMs() < endsAt)) {
    if (sets.length > 0) await clock.sleep(Math.min(PAUSE_MS, subject.pin.policy.retryMinMs))
    const { probe } = await ask(atHand, subject, [{ ask: 'probe', subjects }])
    if (!probe) break
    sets.push(probe)
  }
  return sets
}

/** A list that does not name keys in a way that the record knows shows nothing of them. */
function readList(
  { list }: Answers,
  current: { fingerprint: string; ref?: { id: string } },
  old: PastKey,
): { current: boolean; old: boolean } | null {
  if (list?.is !== 'ok') return null
  const isNamed = old.ref !== undefined || list.keys.some(({ fingerprint }) => fingerprint !== undefined)
  return isNamed ? { current: showsKey(list.keys, current), old: showsKey(list.keys, old) } : null
}

function refOf(of: { ref?: { id: string; name?: string }; name?: string }): Omit<ProvedKey, 'fingerprint'> {
  return { name: of.ref?.name ?? of.name ?? null, id: of.ref?.id ?? null }
}
