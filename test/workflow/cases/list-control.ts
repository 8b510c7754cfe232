import {
  attempt,
  confirmed,
  finds,
  holds,
  inconclusive,
  issuer,
  leaked,
  ledger,
  lists,
  lost,
  orphan,
  readsBack,
  roll,
  streak,
  stuck,
} from '../changes.ts'
import { type Answer, type Cases, type Change, given, MARK, NOW, OLD } from '../given.ts'

const restored: Change = (rotation, record) => {
  const back = { mark: 'm2', purpose: 'rollback', fingerprint: OLD, replaces: 'v2' } as const
  rotation.targets.a?.writes.push({ ...back, state: 'done', at: NOW - 50_000, landsBy: 0, version: 'v3' })
  ledger({ holds: 'old', version: 'v3', baseline: 'v3', readBackAt: NOW - 50_000 })(rotation, record)
}
const pastSettle = attempt({ at: NOW - 60_000 })
const gone: Answer = (answers, rotation) => {
  finds()(answers, rotation)
  lists()(answers, rotation)
}
const noOld: Change = (rotation) => {
  rotation.old = null
  rotation.seen = []
}
const revoked =
  (why?: string): Change =>
  (rotation) => {
    const none = { landsBy: 0, tries: 1, nextTryAt: 0, answeredAt: NOW - 60_000 }
    rotation.withdrawal = { state: 'answered', ...none, ...(why ? { why } : {}) }
  }
const ending: Change = (rotation, record) => {
  lost(NOW - 1)(rotation, record)
  rotation.ending = 'rolled-back'
}
export const listControl: Cases = {
  'preflight: the list does not show the key in use': given('preflight')
    .when(lists('x'))
    .decides('wait 1 s (list-shows-no-known-key)'),
  'preflight: nor for longer': given('preflight', stuck)
    .when(lists('x'))
    .decides('block (list-shows-no-known-key)'),
  'preflight: the key in use is too young for the list': given('preflight', (rotation) => {
    rotation.old = { fingerprint: OLD, ref: { id: 'old-id', createdAt: NOW - 10_000 }, dead: false }
  })
    .when(lists('x'))
    .decides('perform issue, step create'),
  'preflight: a leaked key does not wait for a list': given('preflight', leaked)
    .when(lists('x'))
    .decides('perform issue, step create'),
  'preflight: its id is not known, so nothing is expected of the list': given('preflight', (rotation) => {
    rotation.old = { fingerprint: OLD, dead: false }
    Object.assign(rotation.pin.issuer.traits, { revokesByValue: true })
  })
    .when(lists('x'))
    .decides('perform issue, step create'),
  'preflight: the overlap outlasts the old key': given('preflight', roll({ diesAfterMs: 1_000 }))
    .when(readsBack(OLD))
    .decides('block (overlap-outlasts-the-old-key)'),
  'preflight: a leaked key has no overlap': given('preflight', roll({ diesAfterMs: 1_000 }), leaked)
    .when(readsBack(OLD))
    .decides('perform issue, step create'),
  'lost: the list shows no key that has to be in it': given('create', lost(NOW - 60_000))
    .when(gone)
    .decides('wait 1 s (list-shows-no-known-key)'),
  'lost: nor for longer': given('create', lost(NOW - 60_000), stuck)
    .when(gone)
    .decides(`block (list-shows-no-known-key), needs nothing-made:${MARK}`),
  'lost: a person says that nothing was made': given(
    'create',
    lost(NOW - 60_000),
    stuck,
    confirmed(`nothing-made:${MARK}`),
  )
    .when(gone)
    .decides('perform issue'),
  'lost: there is no key that has to be listed yet': given('create', lost(NOW - 60_000), noOld)
    .when(gone)
    .decides('perform issue'),
  'lost: what a list did not show before proves nothing if it did not show the old key': given(
    'create',
    lost(NOW - 60_000),
    issuer({ onLostAnswer: 'infer', exclusive: true }),
    (rotation) => {
      rotation.seen = []
    },
  )
    .when(lists('old-id', 'x'))
    .decides('block (answer-lost-needs-a-person), needs orphan:old-id'),
  'orphan: the list shows no key that has to be in it: it does not count as gone': given(
    'create',
    orphan,
    revoked(),
  )
    .when(gone)
    .decides('perform revoke new-id'),
  'orphan: no key has to be listed, and the issuer confirmed the revocation': given(
    'create',
    orphan,
    revoked(),
    noOld,
  )
    .when(gone)
    .decides('perform issue'),
  'orphan: no key has to be listed, and the answer was lost': given(
    'create',
    orphan,
    revoked('no answer'),
    noOld,
  )
    .when(gone)
    .decides('perform revoke new-id'),
  'rollback: the value of the new key is gone and the list shows nothing': given(
    'rollback',
    restored,
    revoked(),
    streak('discarded', 'rejected'),
    pastSettle,
  )
    .when(holds(OLD), gone)
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'the end: the list does not show the key that stays': given('rollback', ending)
    .when(gone)
    .decides('wait 1 s (list-shows-no-known-key)'),
  'the end: nor for longer': given('rollback', ending, stuck)
    .when(gone)
    .decides(`block (list-shows-no-known-key), needs nothing-made:${MARK}`),
  'the end: a person says that nothing is left': given(
    'rollback',
    ending,
    stuck,
    confirmed(`nothing-made:${MARK}`),
  )
    .when(gone)
    .decides('end (rolled-back)'),
  'the end: the list fails': given('rollback', ending)
    .when(finds(), inconclusive, (answers) => {
      delete answers.list
    })
    .decides('wait 1 s (answer-lost)'),
  'the end: the new key may be too young for the list': given('revoke', (rotation) => {
    Object.assign(rotation.attempts[0] ?? {}, { landsBy: NOW - 1, at: NOW - 5_000 })
    rotation.ending = 'completed'
  })
    .when(finds('new-id'))
    .decides('wait 15 s (answer-lost)'),
}
