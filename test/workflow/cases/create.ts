import {
  attempt,
  byPerson,
  confirmed,
  finds,
  holds,
  inconclusive,
  issuer,
  leaked,
  listFails,
  lists,
  lost,
  orphan,
  probes,
  readFails,
  reads,
  showsNoNames,
  streak,
  stuck,
} from '../changes.ts'
import { type Cases, type Change, FOREIGN, given, MARK, NEW, NOW, OLD } from '../given.ts'

const noAttempt: Change = (rotation) => {
  rotation.attempts = []
}
const threeSpent: Change = (rotation) => {
  const spent = { state: 'revoked', at: NOW, landsBy: 0, name: 'spent' } as const
  rotation.attempts = ['1', '2', '3'].map((mark) => ({ ...spent, mark }))
}
const pausing: Change = (rotation) => {
  rotation.tries.issue = { count: 1, nextAt: NOW + 4_000 }
}
const oldDead: Change = (rotation) => {
  if (rotation.old) rotation.old.dead = true
}
const cancelled: Change = (rotation) => {
  rotation.rollback = { why: 'asked', after: 'end' }
}
const pastSettle = attempt({ at: NOW - 60_000 })
const revoked =
  (tries: number, landsBy = 0): Change =>
  (rotation) => {
    rotation.withdrawal = { state: 'answered', answeredAt: NOW - 60_000, landsBy, tries, nextTryAt: 0 }
  }

export const create: Cases = {
  'no key was asked for yet': given('create', noAttempt).when().decides('perform issue'),
  'the issuer asked for a pause': given('create', noAttempt, pausing)
    .when()
    .decides('wait 4 s (issuer-down)'),
  'the issuer refused': given('create', attempt({ state: 'intended' }))
    .when()
    .decides('block (issuer-refused)'),
  'three keys could not be used': given('create', threeSpent)
    .when()
    .decides('block (attempts-spent), needs another-attempt'),
  'a person allows three more': given('create', threeSpent, confirmed('another-attempt'))
    .when()
    .decides('perform issue'),
  'a person creates the key': given('create', noAttempt, byPerson)
    .when()
    .decides('person (operator-creates-key)'),

  // The key was created
  'the new key is accepted for the first time': given('create').when().decides('wait 3 s (settling)'),
  'the new key is accepted throughout the settle time: it goes to the targets': given(
    'create',
    streak('new', 'accepted'),
  )
    .when()
    .decides('perform deploy new to a over v1, step deploy'),
  'the probe is inconclusive': given('create')
    .when(inconclusive)
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'it is inconclusive and the run is over': given('create')
    .when(inconclusive, (answers) => {
      answers.runUntil = NOW
    })
    .decides('block (probe-gives-no-verdict)'),
  'the probe accepts garbage now': given('create')
    .when(probes('accepted', 'accepted', 'accepted'))
    .decides('block (probe-accepts-anything)'),
  'the value is gone with its process: the key is an orphan': given('create').when(holds(OLD)).decides('ask'),
  'a supplied value is gone: another key is asked for': given('create', byPerson)
    .when(holds(OLD))
    .decides('person (operator-creates-key)'),
  'the issuer returned the old key': given('create', attempt({ fingerprint: OLD }))
    .when()
    .decides('block (issuer-returned-a-known-key)'),
  'the old key was supplied as the new one': given('create', byPerson, attempt({ fingerprint: OLD }))
    .when()
    .decides('person (operator-creates-key)'),
  'the issuer returned the key of another service': given('create')
    .when((answers) => {
      answers.holders = { [NEW]: [{ key: 'audio', as: 'uses', places: [] }] }
    })
    .decides('block (issuer-returned-a-known-key)'),
  'the new key is refused within the settle time': given('create')
    .when(probes('accepted', 'rejected'))
    .decides('wait 3 s (settling)'),
  'the new key is refused for longer: it is revoked': given('create', pastSettle, streak('new', 'rejected'))
    .when(probes('accepted', 'rejected'))
    .decides('perform revoke new-id'),
  'a supplied value is refused for longer: another one is asked for': given(
    'create',
    byPerson,
    pastSettle,
    streak('new', 'rejected'),
  )
    .when(probes('accepted', 'rejected'))
    .decides('person (operator-creates-key)'),
  'both keys are refused: that is no verdict': given('create', pastSettle, streak('new', 'rejected'))
    .when(probes('rejected', 'rejected'))
    .decides('block (both-keys-refused)'),
  'the old key seemed dead and is inconclusive now': given('create', oldDead, streak('new', 'accepted'))
    .when(probes('unknown', 'accepted'))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'a person cancelled and the key is revoked: the rotation ends': given(
    'create',
    cancelled,
    attempt({ state: 'revoked' }),
  )
    .when()
    .decides('end (rolled-back)'),
  'a person cancels: the key was sent nowhere and is revoked': given('create', cancelled)
    .when()
    .decides('perform revoke new-id'),
}

export const lostAnswer: Cases = {
  'the list fails': given('create', lost(NOW - 60_000))
    .when(listFails('unavailable'))
    .decides('wait 1 s (answer-lost)'),
  'the list fails for too long': given('create', lost(NOW - 60_000), stuck)
    .when(listFails('unavailable'))
    .decides('block (answer-lost)'),
  'a supplied value was lost: another one is asked for': given('create', byPerson, lost(0))
    .when()
    .decides('person (operator-creates-key)'),
  'nothing is found while the call may still take effect': given('create', lost(NOW + 30_000))
    .when(finds())
    .decides('wait 1 s (answer-lost)'),
  'nothing is found within the list delay': given('create', lost(NOW - 19_500))
    .when(finds())
    .decides('wait 1 s (answer-lost)'),
  'nothing is found after both: another key is created': given('create', lost(NOW - 20_000))
    .when(finds())
    .decides('perform issue'),
  'nothing is found in a list without names: a key may have been created': given('create', lost(NOW - 20_000))
    .when(finds(), showsNoNames())
    .decides('wait 1 s (list-shows-no-known-key)'),
  'the key is found by its mark: an orphan': given('create', lost(NOW + 30_000))
    .when(finds('x'))
    .decides('commit'),
  'a key appeared in a list that others share': given('create', lost(0), issuer({ onLostAnswer: 'infer' }))
    .when(lists('old-id', 'x'))
    .decides('block (answer-lost-needs-a-person), needs orphan:x'),
  'a person says that it is ours': given(
    'create',
    lost(0),
    issuer({ onLostAnswer: 'infer' }),
    confirmed('orphan:x'),
  )
    .when(lists('old-id', 'x'))
    .decides('commit'),
  'the account is ours alone': given('create', lost(0), issuer({ onLostAnswer: 'infer', exclusive: true }))
    .when(lists('old-id', 'x'))
    .decides('commit'),
  'the issuer repeats its answer': given('create', lost(NOW + 30_000), issuer({ onLostAnswer: 'repeat' }))
    .when()
    .decides('perform issue'),
  'it repeats its answer after a pause': given('create', lost(0), issuer({ onLostAnswer: 'repeat' }), pausing)
    .when()
    .decides('wait 4 s (answer-lost)'),
  'asking again is not safe': given('create', lost(0), issuer({ onLostAnswer: 'stop' }))
    .when()
    .decides(`block (answer-lost-needs-a-person), needs nothing-made:${MARK}`),
  'a person looked too early': given(
    'create',
    lost(NOW + 30_000),
    issuer({ onLostAnswer: 'stop' }),
    confirmed(`nothing-made:${MARK}`),
  )
    .when()
    .decides('wait 30 s (quiet-time)'),
  'a person looked and nothing was created': given(
    'create',
    lost(NOW),
    issuer({ onLostAnswer: 'stop' }),
    confirmed(`nothing-made:${MARK}`),
  )
    .when()
    .decides('perform issue'),
}

export const orphans: Cases = {
  'no target holds an unknown value: the orphan is revoked': given('create', orphan)
    .when()
    .decides('perform revoke new-id'),
  'a target cannot be read: it may hold the key': given('create', orphan)
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-lags)'),
  'a key has leaked: a target that cannot be read does not delay that': given('create', orphan, leaked)
    .when(readFails('unavailable'))
    .decides('perform revoke new-id'),
  'a target holds an unknown value: it may be the key': given('create', orphan)
    .when(reads(FOREIGN))
    .decides(`block (drift), needs keep:foreign`),
  'a person keeps it as the new key': given('create', orphan, confirmed(`keep:${FOREIGN}`))
    .when(reads(FOREIGN))
    .decides('commit, step deploy'),
  'a person says that it is another value': given('create', orphan, confirmed(`not-in-use:${MARK}`))
    .when(reads(FOREIGN))
    .decides('perform revoke new-id'),
  'the revoked orphan is still listed': given('create', orphan, revoked(1, NOW + 9_000), (rotation) => {
    if (rotation.withdrawal) rotation.withdrawal.nextTryAt = NOW + 5_000
  })
    .when(finds('new-id'))
    .decides('wait 5 s (orphan-not-revoked)'),
  'its revocation may still take effect': given('create', orphan, revoked(1, NOW + 9_000))
    .when(finds())
    .decides('wait 9 s (orphan-not-revoked)'),
  'it is gone: another key is created': given('create', orphan, revoked(1))
    .when(finds())
    .decides('perform issue'),
  'it is still listed after the pause: it is revoked again': given('create', orphan, revoked(1))
    .when(finds('new-id'))
    .decides('perform revoke new-id'),
  'five revocations failed: it becomes a debt and another key is created': given('create', orphan, revoked(5))
    .when(finds('new-id'))
    .decides('perform issue'),
}
