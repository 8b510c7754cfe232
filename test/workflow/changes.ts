import type { ErrorCode } from '../../src/contracts/errors.ts'
import type { ApiIssuerTraits, Verdict } from '../../src/contracts/key-issuer.ts'
import type {
  Attempt,
  Confirmation,
  ConsumerLedger,
  Failure,
  KeyRecord,
  Policy,
  StreakName,
  TargetLedger,
  WriteEntry,
} from '../../src/contracts/record.ts'
import type { Answers, Listed } from '../../src/workflow/words/questions.ts'
import { type Answer, type Change, MARK, NEW, NOW, OLD } from './given.ts'

/* What a row may say of the record (`Change`) and of the answers (`Answer`); see `given.ts`. */

const NEVER = { tries: 0, nextTryAt: 0 }

export function failure(code: ErrorCode): Failure {
  return { code, message: `it is ${code}`, nextStep: 'Do something.', effect: 'none' }
}

export const confirmed =
  (what: Confirmation): Change =>
  (rotation) =>
    void rotation.confirmed.push({ what, at: NOW })

/** No progress for longer than the policy allows. */
export const stuck: Change = (rotation) => {
  rotation.progressAt = NOW - 3_600_000
}

export const leaked: Change = (rotation) => {
  rotation.compromised = { leaked: 'old' }
}

/** As many agreeing verdicts as the policy asks for, less one, over a whole minute. */
export const streak =
  (name: StreakName, verdict: 'accepted' | 'rejected'): Change =>
  (rotation) => {
    rotation.streaks[name] = { verdict, count: 2, since: NOW - 60_000, last: NOW - 1_000 }
  }

export const issuer =
  (traits: Partial<ApiIssuerTraits>): Change =>
  (rotation) =>
    void Object.assign(rotation.pin.issuer.traits, traits)

/** A key that is replaced in place. */
export const roll =
  (
    oldKeyOnIssue: ApiIssuerTraits['oldKeyOnIssue'] = 'lives',
    can: { endOverlap?: boolean; readBack?: boolean } = {},
  ): Change =>
  (rotation) => {
    const { endOverlap = true, readBack = true } = can
    const onLostAnswer = readBack ? 'read-back' : 'stop'
    Object.assign(rotation.pin.issuer, {
      lifecycle: 'roll',
      canEndOverlap: endOverlap,
      canReadBack: readBack,
      traits: { ...rotation.pin.issuer.traits, oldKeyOnIssue, onLostAnswer, lists: false },
    })
  }

export const slots: Change = (rotation) => {
  rotation.pin.issuer.lifecycle = 'slots'
  issuer({ onLostAnswer: 'infer', exclusive: true })(rotation, {} as KeyRecord)
}

/** A person creates the keys, and the API revokes them by value. */
export const mixed: Change = (rotation) => {
  Object.assign(rotation.pin.issuer, { lifecycle: 'operator', canRevoke: true })
  Object.assign(rotation.pin.issuer.traits, { revokesByValue: true })
}

/** The old key ends by itself, so many milliseconds from now. */
export const dying =
  (inMs: number): Change =>
  (rotation) =>
    void Object.assign(rotation.old ?? {}, { diesAt: NOW + inMs })

export const byPerson: Change = (rotation) => {
  rotation.pin.issuer.lifecycle = 'operator'
}

export const config =
  (change: Partial<Policy>): Change =>
  (rotation) =>
    void Object.assign(rotation.pin.policy, change)

export const attempt =
  (change: Partial<Attempt>): Change =>
  (rotation) =>
    void Object.assign(rotation.attempts.at(-1) ?? {}, change)

/** The creation had no answer, so no value is known. */
export const lost =
  (landsBy: number): Change =>
  (rotation) => {
    const last = rotation.attempts.at(-1)
    if (!last) return
    Object.assign(last, { state: 'lost', landsBy, at: NOW - 60_000 })
    delete last.fingerprint
    delete last.ref
  }

export const orphan: Change = (rotation, record) => {
  lost(0)(rotation, record)
  attempt({ state: 'orphan', ref: { id: 'new-id' } })(rotation, record)
}

export const ledger =
  (change: Partial<TargetLedger>, ...without: (keyof TargetLedger)[]): Change =>
  (rotation) => {
    const known = rotation.targets.a
    if (!known) return
    Object.assign(known, change)
    for (const name of without) delete known[name]
  }

/** The last write to target a. */
export const write =
  (change: Partial<WriteEntry>): Change =>
  (rotation) => {
    const first = { mark: MARK, purpose: 'deploy', fingerprint: NEW, replaces: 'v1' } as const
    const writes = rotation.targets.a?.writes ?? []
    const last = writes.pop() ?? { ...first, state: 'sent', at: NOW - 1_000, landsBy: 0 }
    writes.push({ ...last, ...change })
  }

/** Target a was sent the new key, and no read has shown it there. */
export const unread =
  (change: Partial<WriteEntry> = {}): Change =>
  (rotation, record) => {
    write({ state: 'unknown', ...change })(rotation, record)
    ledger({ holds: 'old', baseline: 'v1', version: 'v1' }, 'readBackAt')(rotation, record)
  }

export const unreadable: Change = (rotation) => {
  for (const one of rotation.pin.targets) one.traits = { ...one.traits, readable: false }
}

/** A consumer that is restarted on the key, `since` so many milliseconds. */
export const consumer =
  (change: Partial<ConsumerLedger> = {}, restarts = true): Change =>
  (rotation) => {
    rotation.pin.consumers = [{ name: 'app', restarts }]
    rotation.consumers.app = { state: 'untouched', ...NEVER, ...change }
  }

export const restarted = (change: Partial<ConsumerLedger> = {}): Change =>
  consumer({ state: 'restarting', direction: 'new', mark: MARK, restartedAt: NOW - 1_000, ...change })

// Answers

export const reads =
  (fingerprint: string, version = 'v9'): Answer =>
  (answers) => {
    answers.targets = { ...answers.targets, a: { is: 'value', fingerprint, version } }
  }

export const readsNothing =
  (missing: 'secret' | 'field'): Answer =>
  (answers) => {
    answers.targets = { a: { is: 'absent', missing } }
  }

export const readFails =
  (code: ErrorCode): Answer =>
  (answers) => {
    answers.targets = { a: { is: 'failed', failure: failure(code) } }
  }

export const checkFails =
  (code: ErrorCode): Answer =>
  (answers) => {
    answers.checks = { a: { is: 'failed', failure: failure(code) } }
  }

/** The verdicts on the old key, the new key and garbage. */
export const probes =
  (old: Verdict, fresh: Verdict, garbage: Verdict = 'rejected'): Answer =>
  (answers) => {
    const subjects = { [OLD]: { verdict: old }, [NEW]: { verdict: fresh } }
    answers.probe = { at: NOW, garbage: { verdict: garbage }, subjects }
  }

export const inconclusive: Answer = (answers, rotation) =>
  probes('unknown', 'unknown', 'unknown')(answers, rotation)

export const lists =
  (...ids: string[]): Answer =>
  (answers) => {
    answers.list = { is: 'ok', keys: ids.map((id) => ({ id, name: id })) }
  }

/** The list shows its keys, none of them with a name. */
export const showsNoNames = (): Answer => (answers) => {
  if (answers.list?.is === 'ok')
    answers.list = { is: 'ok', keys: answers.list.keys.map(({ id }) => ({ id })) }
}

/** The issuer's current key. */
export const readsBack =
  (fingerprint: string): Answer =>
  (answers) => {
    answers.readBack = { is: 'ok', ref: { id: `fp:${fingerprint}` }, fingerprint }
  }

export const readBackFails =
  (code: ErrorCode): Answer =>
  (answers) => {
    answers.readBack = { is: 'failed', failure: failure(code) }
  }

export const listFails =
  (code: ErrorCode): Answer =>
  (answers) => {
    answers.list = { is: 'failed', failure: failure(code) }
  }

export const finds =
  (...ids: string[]): Answer =>
  (answers) => {
    const listed: Listed = { is: 'ok', keys: ids.map((id) => ({ id })) }
    answers.found = { [MARK]: listed }
  }

/** Only these values can be read now. */
export const holds =
  (...fingerprints: string[]): Answer =>
  (answers) => {
    answers.held = fingerprints
  }

export const says =
  (answer: Answers['consumers'][string]): Answer =>
  (answers) => {
    answers.consumers = { app: answer }
  }

export const changed =
  (change: (present: NonNullable<Answers['present']>) => void): Answer =>
  (answers) =>
    void (answers.present && change(answers.present))
