import {
  checkFails,
  config,
  confirmed,
  consumer,
  inconclusive,
  issuer,
  leaked,
  listFails,
  lists,
  probes,
  readFails,
  reads,
  readsNothing,
  streak,
  stuck,
} from '../changes.ts'
import { cannotRestart, consumerCheckFails, isNoted } from '../consumer-changes.ts'
import { type Cases, type Change, FOREIGN, given, OLD } from '../given.ts'
import { neverAccepted, readsShape } from '../shape-changes.ts'

const unknownId: Change = (rotation) => {
  delete rotation.old?.ref
}
const firstKey: Change = (rotation) => {
  rotation.old = null
}
const younger = 'keyrota-video-k7f3-20261122-aaaaaa-7'

export const preflight: Cases = {
  'everything is ready: a key is created': given('preflight').when().decides('perform issue, step create'),
  'there is no key yet: the first one is created': given('preflight', firstKey)
    .when(readsNothing('field'))
    .decides('perform issue, step create'),
  'a person cancels before a key is created': given('preflight', confirmed('abandon'))
    .when()
    .decides('end (not-started)'),

  // Access
  'a target refuses us': given('preflight').when(checkFails('denied')).decides('block (target-refused)'),
  'a target is unavailable: it is waited for': given('preflight')
    .when(checkFails('unavailable'))
    .decides('wait 1 s (target-down)'),
  'a target is unavailable for too long': given('preflight', stuck)
    .when(checkFails('throttled'))
    .decides('block (target-down)'),
  'a key has leaked: a target that is unavailable is not waited for': given('preflight', leaked)
    .when(checkFails('unavailable'))
    .decides('perform issue, step create'),
  'a target cannot be read: it is waited for': given('preflight')
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-down)'),
  'a key has leaked but no target can be read at all': given('preflight', leaked)
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-down)'),

  // Consumers
  'a consumer cannot be restarted': given('preflight', consumer())
    .when(cannotRestart)
    .decides('block (consumer-refused)'),
  'a grant is missing to restart it': given('preflight', consumer())
    .when(consumerCheckFails('denied'))
    .decides('block (consumer-refused)'),
  'its cluster is unavailable: it is waited for': given('preflight', consumer())
    .when(consumerCheckFails('unavailable'))
    .decides('wait 1 s (consumer-down)'),
  'its cluster is unavailable for too long': given('preflight', consumer(), stuck)
    .when(consumerCheckFails('unavailable'))
    .decides('block (consumer-down)'),
  'what is only to be known about it keeps nothing': given('preflight', consumer())
    .when(isNoted)
    .decides('perform issue, step create'),
  'a key has leaked: a consumer that cannot be restarted keeps nothing': given(
    'preflight',
    consumer(),
    leaked,
  )
    .when(cannotRestart)
    .decides('perform issue, step create'),

  // Values
  'the secret does not exist': given('preflight')
    .when(readsNothing('secret'))
    .decides('block (secret-absent)'),
  'a target holds a value of somebody else': given('preflight')
    .when(reads(FOREIGN))
    .decides('block (drift), needs adopt:foreign'),
  'that value may be overwritten': given('preflight', confirmed(`overwrite:${FOREIGN}`))
    .when(reads(FOREIGN))
    .decides('perform issue, step create'),
  'that value is the key: it is probed as the old one': given('preflight', confirmed(`adopt:${FOREIGN}`))
    .when(reads(FOREIGN))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'a target holds a reference': given('preflight').when(readsShape('reference')).decides('block (not-a-key)'),
  'a reference is not written over, whatever was confirmed': given(
    'preflight',
    leaked,
    confirmed('overwrite:reference'),
    confirmed('adopt:reference'),
  )
    .when(readsShape('reference'))
    .decides('block (not-a-key)'),
  'a target holds an encrypted value': given('preflight', confirmed('overwrite:encrypted'))
    .when(readsShape('encrypted'))
    .decides('block (not-a-key)'),
  'a target holds a placeholder': given('preflight')
    .when(readsShape('placeholder'))
    .decides('block (not-a-key), needs overwrite:placeholder'),
  'a placeholder may be overwritten': given('preflight', confirmed('overwrite:placeholder'))
    .when(readsShape('placeholder'))
    .decides('perform issue, step create'),
  'a mark is newer than the journal: the journal is an old copy': given('preflight')
    .when(lists(younger))
    .decides('block (journal-is-old), needs reconcile'),
  'a person continues with the old journal': given('preflight', confirmed('reconcile'))
    .when(lists(younger, 'old-id'))
    .decides('perform issue, step create'),

  // Issuer
  'the issuer refuses to list': given('preflight')
    .when(listFails('denied'))
    .decides('block (issuer-refused)'),
  'the issuer is unavailable': given('preflight')
    .when(listFails('unavailable'))
    .decides('wait 1 s (issuer-down)'),
  'no slot is free': given('preflight', issuer({ maxLiveKeys: 2 }))
    .when(lists('old-id', 'other'))
    .decides('block (no-free-slot)'),
  'creating a key would end the old one': given('preflight', issuer({ oldKeyOnIssue: 'dies' }))
    .when()
    .decides('block (outage-not-allowed)'),
  'an outage is allowed': given('preflight', issuer({ oldKeyOnIssue: 'dies' }), config({ allowOutage: true }))
    .when()
    .decides('perform issue, step create'),
  'the id of the old key is unknown, so it could not be revoked': given('preflight', unknownId)
    .when()
    .decides('block (no-way-to-revoke)'),
  'its id cannot be looked up now': given('preflight', unknownId)
    .when((answers) => {
      const away = { code: 'unavailable', message: 'away', nextStep: '', effect: 'none' } as const
      answers.identified = { is: 'failed', failure: away }
    })
    .decides('wait 1 s (issuer-down)'),
  'its id is looked up': given('preflight', unknownId)
    .when((answers) => {
      answers.identified = { is: 'ok', ref: { id: 'old-id' } }
    })
    .decides('perform issue, step create'),
  'the issuer revokes by value': given('preflight', unknownId, issuer({ revokesByValue: true }))
    .when()
    .decides('perform issue, step create'),

  // Old key
  'the probe accepts garbage': given('preflight')
    .when(probes('accepted', 'unknown', 'accepted'))
    .decides('block (probe-accepts-anything)'),
  'the probe is inconclusive': given('preflight')
    .when(inconclusive)
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'the old key is refused once: that does not count yet': given('preflight')
    .when(probes('rejected', 'unknown'))
    .decides('wait 3 s (old-key-refused)'),
  'the old key is refused throughout the settle time: forward only': given(
    'preflight',
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'unknown'))
    .decides('perform issue, step create'),
  'it was never seen accepted: it is not known to be a dead key': given(
    'preflight',
    neverAccepted,
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'unknown'))
    .decides(`block (never-accepted), needs dead:${OLD}`),
  'the same when a key was reported leaked': given(
    'preflight',
    leaked,
    neverAccepted,
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'unknown'))
    .decides(`block (never-accepted), needs dead:${OLD}`),
  'a person knows that nothing works by it': given(
    'preflight',
    confirmed(`dead:${OLD}`),
    neverAccepted,
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'unknown'))
    .decides('perform issue, step create'),
  'what a person said of another value does not count': given(
    'preflight',
    confirmed(`dead:${FOREIGN}`),
    neverAccepted,
    streak('old', 'rejected'),
  )
    .when(probes('rejected', 'unknown'))
    .decides(`block (never-accepted), needs dead:${OLD}`),
}
