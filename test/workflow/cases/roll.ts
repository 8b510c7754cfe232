import type { Attempt, Revocation } from '../../../src/contracts/record.ts'
import {
  attempt,
  config,
  confirmed,
  dying,
  holds,
  leaked,
  lost,
  mixed,
  probes,
  readBackFails,
  readsBack,
  roll,
  streak,
} from '../changes.ts'
import { type Cases, type Change, FOREIGN, given, MARK, NEW, NOW, OLD } from '../given.ts'

const HOUR = 3_600_000
const noAttempt: Change = (rotation) => {
  rotation.attempts = []
}
const withoutReadBack = roll('lives', { readBack: false })
/** A rotation before left this key as the issuer's current one. */
const kept: Change = (_rotation, record) => {
  record.kept = { name: 'kept', fingerprint: FOREIGN, since: NOW, rotation: 'r', why: 'failed', versions: {} }
}
const closed: Change = (rotation) => {
  const before: Attempt = { mark: 'm0', name: 'm0', state: 'closed', at: NOW, landsBy: 0 }
  rotation.attempts = [{ ...before, fingerprint: FOREIGN }, ...rotation.attempts]
}
const answered =
  (change: Partial<Revocation> = {}): Change =>
  (rotation) => {
    const at = NOW - 60_000
    const none: Revocation = { state: 'answered', landsBy: 0, tries: 1, nextTryAt: 0 }
    rotation.revocation = { ...none, intendedAt: at, answeredAt: at, ...change }
  }
const cancelled: Change = (rotation) => {
  rotation.rollback = { why: 'asked', after: 'end' }
}
const pastSettle = attempt({ at: NOW - 60_000 })
const another = confirmed(`another-key:${MARK}`)
export const rolling: Cases = {
  'the key in use is the current one: the next is created': given('create', noAttempt, roll())
    .when(readsBack(OLD))
    .decides('perform issue'),
  'the service was not asked yet': given('create', noAttempt, roll()).when().decides('ask'),
  'the service cannot be asked now': given('create', noAttempt, roll())
    .when(readBackFails('unavailable'))
    .decides('wait 1 s (issuer-down)'),
  'the service refuses to be asked': given('create', noAttempt, roll())
    .when(readBackFails('denied'))
    .decides('block (issuer-refused)'),
  'the service has no key at all': given('create', noAttempt, roll())
    .when(readBackFails('not_found'))
    .decides('perform issue'),
  'another key is the current one: it is taken, and none is created': given('create', noAttempt, roll())
    .when(readsBack(FOREIGN))
    .decides('commit'),
  'without reading back, the key that a rollback left is taken': given(
    'create',
    noAttempt,
    withoutReadBack,
    kept,
  )
    .when()
    .decides('commit'),
  'the value is gone with its process: it is read back': given('create', roll())
    .when(holds(OLD))
    .decides('ask'),
  'the value is gone and cannot be read back': given('create', withoutReadBack)
    .when(holds(OLD))
    .decides(`block (outage-not-allowed), needs another-key:${MARK}`),
  'a person accepts the outage': given('create', withoutReadBack, another)
    .when(holds(OLD))
    .decides('perform issue'),
  'the config accepts the outage': given('create', withoutReadBack, config({ allowOutage: true }))
    .when(holds(OLD))
    .decides('perform issue'),
  'the new key is refused: another one would end the old key': given(
    'create',
    roll(),
    pastSettle,
    streak('new', 'rejected'),
  )
    .when(probes('accepted', 'rejected'))
    .decides(`block (new-key-refused), needs another-key:${MARK}`),
  'the new key is refused and a person has another one created': given(
    'create',
    roll(),
    pastSettle,
    streak('new', 'rejected'),
    another,
  )
    .when(probes('accepted', 'rejected'), readsBack(NEW))
    .decides('perform issue'),
  'a person cancels: nothing is sent for the key that was created': given('create', roll(), cancelled)
    .when()
    .decides('end (rolled-back)'),
  'the old key dies with the creation: one look is enough': given('create', roll('dies'))
    .when(probes('rejected', 'accepted'))
    .decides('perform deploy new to a over v1, step deploy'),
  'the old key dies and the new one is not active yet: it is asked about soon': given('create', roll('dies'))
    .when(probes('rejected', 'rejected'))
    .decides('wait 1 s (settling)'),
  'both are refused for longer: a person may have another created': given(
    'create',
    roll('dies'),
    pastSettle,
    streak('new', 'rejected'),
  )
    .when(probes('rejected', 'rejected'))
    .decides(`block (both-keys-refused), needs another-key:${MARK}`),
}

export const lostRolls: Cases = {
  'the service was not asked yet': given('create', roll(), lost(NOW - 1))
    .when()
    .decides('ask'),
  'another key is read back: it is the new one, with its value': given('create', roll(), lost(NOW + 30_000))
    .when(readsBack(NEW))
    .decides('commit'),
  'the old key is read back within the quiet time': given('create', roll(), lost(NOW + 30_000))
    .when(readsBack(OLD))
    .decides('wait 1 s (answer-lost)'),
  'the old key is read back after it: nothing was created': given('create', roll(), lost(NOW))
    .when(readsBack(OLD))
    .decides('perform issue'),
  'the key from before the second creation is read back: nothing was created': given(
    'create',
    roll(),
    lost(NOW),
    closed,
    confirmed('another-key:m0'),
  )
    .when(readsBack(FOREIGN))
    .decides('perform issue'),
  'a key that was made is not the current one any more': given('create', roll(), attempt({ state: 'lost' }))
    .when(readsBack(OLD))
    .decides('wait 1 s (answer-lost)'),
  'nobody can say: a person looks': given('create', withoutReadBack, lost(NOW))
    .when()
    .decides(`block (answer-lost-needs-a-person), needs nothing-made:${MARK}`),
  'a person says that nothing was made': given(
    'create',
    withoutReadBack,
    lost(NOW),
    confirmed(`nothing-made:${MARK}`),
  )
    .when()
    .decides('perform issue'),
  'the old key dies with the creation: it is asked for again after the quiet time': given(
    'create',
    roll('dies', { readBack: false }),
    lost(NOW),
  )
    .when()
    .decides('perform issue'),
  'and not within it': given('create', roll('dies', { readBack: false }), lost(NOW + 30_000))
    .when()
    .decides('wait 30 s (quiet-time)'),
}

export const endingOverlap: Cases = {
  'the new key is the current one: the overlap is ended': given('revoke', roll())
    .when(readsBack(NEW))
    .decides('perform end-overlap'),
  'somebody else replaced it: nothing is sent': given('revoke', roll())
    .when(readsBack(FOREIGN))
    .decides('block (drift)'),
  'the service cannot be asked: nothing is sent': given('revoke', roll())
    .when(readBackFails('unavailable'))
    .decides('wait 1 s (issuer-down)'),
  'it cannot be read back at all': given('revoke', withoutReadBack).when().decides('perform end-overlap'),
  'the old key is still accepted after that: ended again': given('revoke', roll(), answered())
    .when(readsBack(NEW))
    .decides('perform end-overlap'),
  'a declared deadline asks the service too': given('validate', roll(), leaked, (rotation) => {
    Object.assign(rotation.compromised ?? {}, { killBy: NOW - 1 })
  })
    .when()
    .decides('commit, step revoke'),
  'no request ends it: a person is asked': given('revoke', roll('lives', { endOverlap: false }))
    .when(readsBack(NEW))
    .decides('person (operator-deletes-key)'),
  'it ends by itself: that is waited for': given(
    'revoke',
    roll({ diesAfterMs: 48 * HOUR }, { endOverlap: false }),
    dying(HOUR),
  )
    .when(readsBack(NEW))
    .decides('wait 3600 s (old-key-ends-by-itself)'),
  'a deadline that was declared cannot end it sooner': given(
    'validate',
    roll({ diesAfterMs: 48 * HOUR }, { endOverlap: false }),
    leaked,
    (rotation) => void Object.assign(rotation.compromised ?? {}, { killBy: NOW - 1 }),
  )
    .when()
    .decides('ask'),
  'it outlives its end within the settle time': given(
    'revoke',
    roll({ diesAfterMs: 48 * HOUR }, { endOverlap: false }),
    dying(-1_000),
  )
    .when(readsBack(NEW))
    .decides('wait 1 s (old-key-ends-by-itself)'),
  'it outlives its end': given(
    'revoke',
    roll({ diesAfterMs: 48 * HOUR }, { endOverlap: false }),
    dying(-60_000),
  )
    .when(readsBack(NEW))
    .decides('block (not-revoked)'),
  'the old key is dead and a replaced one may live: its overlap is ended too': given(
    'revoke',
    roll(),
    closed,
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'accepted'), readsBack(NEW))
    .decides('perform end-overlap'),
  'the API revokes what a person made': given('revoke', mixed).when().decides('perform revoke old-id'),
}
