/** What a person can do about a key now: for everything that holds it up, the exact command and what it will do. */
import type { Confirmation, KeyRecord, ViolationKind } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { confirmable } from '../workflow/people/confirm.ts'
import {
  commandFor,
  confirmationOf,
  describeCondition,
  describeEffect,
} from '../workflow/words/confirmations.ts'
import { isBroken, isDrift } from './outcome.ts'

export { describeEvidence } from '../workflow/words/evidence.ts'

export interface NextStep {
  /** What it is about, for people. */
  about: string
  /** As a shell takes it. */
  command: string
  /** What has to be true before a person gives the command. */
  onlyIf?: string
  /** What Keyrota does then. */
  does: string
}

/** Every step, the most pressing first. Empty for a key that needs nobody. */
export function nextStepsOf(record: KeyRecord): NextStep[] {
  return [
    ...ofHold(record),
    ...(isBroken(record) && !record.rotation ? [ofBroken(record)] : []),
    ...record.debts.map(({ name, why }) => ({
      about: `delete ${name} at the issuer: ${why}`,
      ...confirming(record.key, confirmationOf('deleted', name), false),
    })),
    ...record.violations.map((violation) => ofViolation(record, violation)),
    ...ofPlaces(record),
  ]
}

/** The command of the hold, and what else could be confirmed instead. */
function ofHold(record: KeyRecord): NextStep[] {
  const { rotation } = record
  const hold = rotation?.hold
  if (!rotation || !hold?.command) return []
  const isBack = rotation.step === 'rollback' || rotation.rollback !== undefined
  const others = confirmable(record).filter((what) => what !== hold.needs && !what.startsWith('deleted:'))
  return [
    {
      about: hold.detail,
      command: hold.command,
      ...(hold.needs ? conditionOf(hold.needs) : {}),
      ...(rotation.operator?.kind === 'revoke' ? { onlyIf: 'you deleted that key' } : {}),
      does: hold.does ?? doesOf(hold.command),
    },
    ...others.map((what) => ({ about: hold.detail, ...confirming(record.key, what, isBack) })),
  ]
}

function confirming(key: string, what: Confirmation, isBack: boolean): Omit<NextStep, 'about'> {
  return { command: commandFor(key, what), ...conditionOf(what), does: describeEffect(what, isBack) }
}

function conditionOf(what: Confirmation): { onlyIf?: string } {
  const onlyIf = describeCondition(what)
  return onlyIf === null ? {} : { onlyIf }
}

function doesOf(command: string): string {
  if (command.includes(' supply ')) return 'asks for the value of the new key and deploys it'
  return 'looks again and continues if it can'
}

export function ofBroken({ key, last }: KeyRecord): NextStep {
  const details = (last?.exceptions ?? []).map(({ detail }) => detail)
  return {
    about: `the deadline ended the old key: ${details.join('; ')}`,
    command: `keyrota check ${quoteWord(key)}`,
    does: 'reads every target and asks every consumer which key it runs with',
  }
}

type Named = ViolationKind extends infer K ? (K extends `${infer N}:${string}` ? N : K) : never

/** The way out of each kind of trouble. */
const ways: Readonly<Record<Named, { verb: string; does: string }>> = {
  'different-values': {
    verb: 'check',
    does: 'shows what each target holds; put one key into all of them, then keyrota run adopts it',
  },
  'shared-value': {
    verb: 'rotate',
    does: 'asks whether each key is to get one of its own; the shared one is revoked when the last has moved',
  },
  'handed-over': {
    verb: 'check',
    does: 'gives that key one of its own too, and then revokes the one they shared',
  },
  'leaked-key-lives': {
    verb: 'check',
    does: 'gives that key one of its own too, and then revokes the leaked one',
  },
  'no-first-key': {
    verb: 'rotate --first',
    does: 'creates the first key and writes it into the targets; correct the config instead if a name in it is wrong',
  },
  renamed: {
    verb: 'check',
    does: 'carries the record of that key on under the new name',
  },
  'no-way-to-revoke': {
    verb: "resume --confirm 'id:<its id at the issuer>'",
    does: 'keeps the id, so that the key can be revoked',
  },
  'journal-is-old': {
    verb: 'explain',
    does: 'shows what the journal knows; nothing is written until it is settled',
  },
  'not-retired': {
    verb: 'explain',
    does: 'shows which version of a dead key is still in the history of a store; delete it there if it matters',
  },
  drift: {
    verb: 'rotate',
    does: 'creates a new key for every target, and asks before it writes over a value it does not know',
  },
  'replaced-in-use': {
    verb: 'rotate',
    does: 'goes on with the key that is at the issuer already, before the one in use ends by itself',
  },
  'not-a-key': {
    verb: 'check',
    does: 'shows what each target holds; put the key that is in use there, then keyrota run adopts it',
  },
  'clock-differs': {
    verb: 'check',
    does: 'probes with both clocks; set that of this machine right first, for example with a time service',
  },
  'dead-value': { verb: 'rotate', does: 'creates a new key and writes it over the dead one' },
}

export function ofViolation(
  { key }: KeyRecord,
  { kind, detail, command: own }: KeyRecord['violations'][number],
): NextStep {
  const way = ways[kind.split(':')[0] as Named]
  const [verb = '', ...options] = way.verb.split(' ')
  const command = own ?? ['keyrota', verb, quoteWord(key), ...options].join(' ')
  return { about: `${kind}: ${detail}`, command, does: way.does }
}

/** Targets that hold what they should not, of a key that no rotation runs for. */
export function ofPlaces(record: KeyRecord): NextStep[] {
  // A key that is new here is not drift.
  const isNew = record.violations.some(({ kind }) => kind === 'renamed' || kind === 'no-first-key')
  if (record.rotation || isNew) return []
  const known = record.violations
    .filter(({ kind }) => !kind.startsWith('not-retired'))
    .map(({ kind }) => kind.slice(kind.indexOf(':') + 1))
  return Object.entries(record.places).flatMap(([id, { holds, fingerprint, failure }]) => {
    if (known.includes(id)) return []
    if (failure) {
      const command = `keyrota check ${quoteWord(record.key)}`
      return [{ about: `${id}: ${failure.message}`, command, does: `tries again. ${failure.nextStep}` }]
    }
    if (!isDrift(holds, record)) return []
    const about = `${id} ${held(holds, fingerprint)}`
    return [{ about, command: `keyrota rotate ${quoteWord(record.key)}`, does: ways.drift.does }]
  })
}

function held(holds: string, fingerprint: string | undefined): string {
  if (holds === 'absent') return 'holds no key'
  const whose = holds === 'past' ? 'an earlier key' : 'a value that Keyrota did not write'
  return `holds ${whose}${fingerprint ? ` (${fingerprint})` : ''}`
}
