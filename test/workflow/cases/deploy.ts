import {
  byPerson,
  changed,
  config,
  confirmed,
  consumer,
  failure,
  finds,
  holds,
  inconclusive,
  leaked,
  ledger,
  lists,
  probes,
  readFails,
  reads,
  readsNothing,
  restarted,
  says,
  streak,
  stuck,
  unread,
  unreadable,
  write,
} from '../changes.ts'
import { type Cases, type Change, FOREIGN, given, MARK, NEW, NOW, OLD, target } from '../given.ts'

/** Read back just now or a while ago. */
const placed =
  (readBackAt = NOW - 60_000): Change =>
  (rotation, record) => {
    write({ state: 'done', version: 'v2', at: readBackAt })(rotation, record)
    ledger({ holds: 'new', version: 'v2', baseline: 'v2', readBackAt })(rotation, record)
  }
const killBy =
  (deadline: number): Change =>
  (rotation) => {
    rotation.compromised = { leaked: 'old', killBy: deadline }
  }
const killed: Change = (rotation) => {
  rotation.exceptions.push({ at: NOW, kind: 'kill-by', detail: 'named' })
}
const revoking: Change = (rotation) => {
  rotation.revocation = { state: 'seen-refused', intendedAt: NOW, landsBy: 0, tries: 1, nextTryAt: 0 }
}
const raced = write({ state: 'unknown', raced: 'version 3 came in between' })

export const placement: Cases = {
  'a target holds the old value: it gets the new one': given('deploy')
    .when()
    .decides('perform deploy new to a over v1'),
  'a target has no value yet': given('deploy', ledger({ baseline: 'absent', holds: 'absent' }))
    .when(readsNothing('field'))
    .decides('perform deploy new to a over absent'),
  'a target holds a value of somebody else': given('deploy')
    .when(reads(FOREIGN))
    .decides('block (drift), needs overwrite:foreign'),
  'that value may be overwritten': given('deploy', confirmed('overwrite:foreign'))
    .when(reads(FOREIGN, 'v9'))
    .decides('perform deploy new to a over v9'),
  'somebody wrote the old value back over ours': given('deploy', write({ state: 'done', version: 'v2' }))
    .when(reads(OLD, 'v3'))
    .decides('block (drift), needs overwrite:old'),
  'a target still returns what our write replaced': given('deploy', write({ state: 'done', version: 'v2' }))
    .when(reads(OLD, 'v1'))
    .decides('wait 1 s (target-serves-old-value)'),
  'it returns that for too long': given('deploy', write({ state: 'done', version: 'v2', at: NOW - 30_000 }))
    .when(reads(OLD, 'v1'))
    .decides('block (target-serves-old-value)'),
  'a target refuses to be read': given('deploy').when(readFails('denied')).decides('block (target-refused)'),
  'a target is unavailable': given('deploy').when(readFails('unavailable')).decides('wait 1 s (target-lags)'),
  'a target is unavailable for too long': given('deploy', stuck)
    .when(readFails('unavailable'))
    .decides('block (gave-up)'),
  'a write may still take effect: it is not repeated': given('deploy', unread({ landsBy: NOW + 20_000 }))
    .when()
    .decides('wait 20 s (quiet-time)'),
  'it may not any more, and the old value is there: written again': given('deploy', unread({ landsBy: NOW }))
    .when()
    .decides('perform deploy new to a over v1'),
  'the store refused the write': given('deploy', ledger({ failure: failure('denied') }))
    .when()
    .decides('block (target-refused)'),
  'the store refused the write because of a conflict: written over what is there now': given(
    'deploy',
    ledger({ failure: failure('conflict') }),
  )
    .when(reads(OLD, 'v2'))
    .decides('perform deploy new to a over v2'),
  'the store was busy': given('deploy', ledger({ failure: failure('throttled'), nextTryAt: NOW + 3_000 }))
    .when()
    .decides('wait 3 s (target-lags)'),
  'fifty writes failed': given('deploy', ledger({ tries: 51 }))
    .when()
    .decides('block (target-lags)'),
  'a store cannot be read: its confirmation of the write counts': given('deploy', unreadable, (rotation) => {
    if (rotation.targets.a) rotation.targets.a.writes = []
  })
    .when()
    .decides('perform deploy new to a over v1'),
  'the value is gone before any target held it: another key is created': given('deploy')
    .when(holds(OLD))
    .decides('commit, step rollback'),
  'our write replaced a value of somebody else': given('deploy', raced)
    .when(reads(NEW, 'v4'))
    .decides(`block (drift), needs overwritten:${MARK}`),
  'a person looked at what was replaced': given('deploy', raced, confirmed(`overwritten:${MARK}`))
    .when(reads(NEW, 'v4'))
    .decides('wait 10 s (settling)'),
}

export const configChange: Cases = {
  'the key was removed from the config': given('deploy', placed())
    .when((answers) => {
      answers.present = null
    })
    .decides('block (config-changed), needs removed-key'),
  'a target was removed': given('deploy', placed())
    .when(changed((present) => present.targets.splice(0, 1, target('b'))))
    .decides('block (config-changed), needs removed:a'),
  'a target was removed and no longer uses the key': given('deploy', placed(), confirmed('removed:a'))
    .when(changed((present) => present.targets.splice(0, 1, target('b'))))
    .decides('commit'),
  'a consumer was removed': given('deploy', placed(), consumer())
    .when(changed((present) => present.consumers.splice(0)))
    .decides('block (config-changed), needs removed:app'),
  'a target was added during the overlap: it is deployed to': given('revoke')
    .when(changed((present) => present.targets.push(target('b'))))
    .decides('commit, step deploy'),
}

export const acceptance: Cases = {
  'the stores have not settled': given('deploy', placed(NOW - 4_000))
    .when()
    .decides('wait 6 s (settling)'),
  'every target holds the key and it is accepted': given('deploy', placed())
    .when()
    .decides('commit, step validate'),
  'the deployed key is refused once': given('deploy', placed())
    .when(probes('accepted', 'rejected'))
    .decides('ask'),
  'the deployed key is refused again and again': given('deploy', placed(), streak('refused', 'rejected'))
    .when(probes('accepted', 'rejected'))
    .decides('commit, step rollback'),
  'both keys are refused: that is no verdict': given('deploy', placed(), streak('refused', 'rejected'))
    .when(probes('rejected', 'rejected'))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'the probe is inconclusive for too long': given('deploy', placed(), stuck)
    .when(inconclusive)
    .decides('block (probe-gives-no-verdict)'),
}

export const restarts: Cases = {
  'a consumer is restarted once the stores have settled': given('deploy', placed(), consumer())
    .when()
    .decides('perform restart app'),
  'a restart failed: it is repeated after a pause': given(
    'deploy',
    placed(),
    consumer({ direction: 'new', tries: 1, nextTryAt: NOW + 2_000 }),
  )
    .when()
    .decides('wait 2 s (consumer-lags)'),
  'five restarts failed': given(
    'deploy',
    placed(),
    consumer({ direction: 'new', tries: 6, nextTryAt: NOW + 2_000 }),
  )
    .when()
    .decides('block (consumer-lags)'),
  'a consumer is not ready yet': given('deploy', placed(), restarted())
    .when(says({ is: 'told', readiness: { is: 'progressing' } }))
    .decides('wait 1 s (consumer-lags)'),
  'a consumer is not ready in time': given('deploy', placed(), restarted({ restartedAt: NOW - 60_000 }))
    .when(says({ is: 'told', readiness: { is: 'progressing' } }))
    .decides('commit, step rollback'),
  'a consumer cannot be reached for too long: nothing is known of it': given(
    'deploy',
    placed(),
    restarted({ restartedAt: NOW - 60_000 }),
  )
    .when(says({ is: 'failed', failure: failure('unavailable') }))
    .decides('block (consumer-lags)'),
  'a consumer reports the old key': given('deploy', placed(), restarted())
    .when(says({ is: 'told', readiness: { is: 'ready', fingerprint: OLD } }))
    .decides('wait 1 s (consumer-lags)'),
  'a consumer failed with the new key': given('deploy', placed(), restarted())
    .when(says({ is: 'told', readiness: { is: 'failed' } }))
    .decides('commit, step rollback'),
  'a consumer failed, but the old key is revoked': given('deploy', placed(), revoking, restarted())
    .when(says({ is: 'told', readiness: { is: 'failed' } }))
    .decides('block (consumer-failed)'),
  'a consumer is ready': given('deploy', placed(), restarted())
    .when(says({ is: 'told', readiness: { is: 'ready' } }))
    .decides('ask, step validate'),
}

export const deadline: Cases = {
  'before the deadline a target that lags is waited for, until then at the latest': given(
    'deploy',
    killBy(NOW + 400),
  )
    .when(readFails('unavailable'))
    .decides('wait 0 s (target-lags)'),
  'the deadline has passed: the old key is revoked although a target lags': given('deploy', killBy(NOW))
    .when(readFails('unavailable'))
    .decides('perform revoke old-id, step revoke'),
  'the deadline has passed and a person has to delete the key': given('deploy', killBy(NOW), byPerson)
    .when(readFails('unavailable'))
    .decides('person (operator-deletes-key), step revoke'),
  'no deadline was declared: the target is waited for': given('deploy', leaked)
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-lags)'),
  'the deadline was acted upon: what lags is written before the rotation ends': given(
    'revoke',
    killBy(NOW),
    killed,
    revoking,
    unread({ state: 'not-done' }),
  )
    .when(readFails('unavailable'))
    .decides('commit, step deploy'),
  'an old journal does not keep the deadline': given('deploy', killBy(NOW))
    .whenClaimed(lists('keyrota-video-k7f3-20261122-aaaaaa-7'), finds())
    .decides('block (journal-is-old), needs reconcile'),
}

export const validate: Cases = {
  'the key in use is accepted for the first time': given('validate').when().decides('ask'),
  'the key in use is accepted: the overlap begins': given('validate', streak('validated', 'accepted'))
    .when()
    .decides('commit, step revoke'),
  'there was no old key: done': given('validate', streak('validated', 'accepted'), config({}), (rotation) => {
    rotation.old = null
  })
    .when()
    .decides('end (completed)'),
  'a target no longer holds it': given('validate')
    .when(reads(FOREIGN))
    .decides('block (drift), needs overwrite:foreign'),
  'the key in use is refused in between: the confirmations start again': given(
    'validate',
    streak('validated', 'accepted'),
  )
    .when(probes('accepted', 'rejected'))
    .decides('ask'),
}
