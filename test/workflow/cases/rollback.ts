import type { Revocation } from '../../../src/contracts/record.ts'
import {
  confirmed,
  failure,
  holds,
  inconclusive,
  ledger,
  probes,
  readFails,
  reads,
  streak,
  stuck,
  unread,
  unreadable,
  write,
} from '../changes.ts'
import { type Cases, type Change, FOREIGN, given, MARK, NEW, NOW, OLD } from '../given.ts'

const oldDead: Change = (rotation) => {
  if (rotation.old) rotation.old.dead = true
}
const withdrawal =
  (change: Partial<Revocation> = {}): Change =>
  (rotation) => {
    const none: Revocation = {
      state: 'answered',
      landsBy: 0,
      tries: 1,
      nextTryAt: 0,
      answeredAt: NOW - 60_000,
    }
    rotation.withdrawal = { ...none, ...change }
  }
const neverSent: Change = (rotation, record) => {
  if (rotation.targets.a) rotation.targets.a.writes = []
  ledger({ holds: 'old', baseline: 'v1', version: 'v1' }, 'readBackAt')(rotation, record)
}
const revokeBegan: Change = (rotation) => {
  rotation.revocation = { state: 'answered', intendedAt: NOW, landsBy: 0, tries: 1, nextTryAt: 0 }
}
export const restore: Cases = {
  'a target holds the new key: the old value is restored': given('rollback')
    .when()
    .decides('perform rollback old to a over v2'),
  'the old value cannot be read anywhere': given('rollback').when(holds(NEW)).decides('block (value-lost)'),
  'there is no living old key to restore': given('rollback', oldDead).when().decides('block (old-key-dead)'),
  'a target is unavailable: it counts as holding the new key': given('rollback')
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-lags)'),
  'a target is unavailable for too long': given('rollback', stuck)
    .when(readFails('unavailable'))
    .decides('block (gave-up)'),
  'a target that was never written is unavailable: it cannot hold the new key': given('rollback', neverSent)
    .when(readFails('unavailable'))
    .decides('perform revoke new-id'),
  'a target holds a value of somebody else': given('rollback')
    .when(reads(FOREIGN))
    .decides('block (drift), needs overwrite:foreign'),
  'that value may be overwritten': given('rollback', confirmed('overwrite:foreign'))
    .when(reads(FOREIGN, 'v9'))
    .decides('perform rollback old to a over v9'),
  'a write of the new key may still take effect': given('rollback', unread({ landsBy: NOW + 20_000 }))
    .when()
    .decides('wait 20 s (quiet-time)'),
  'it is quiet: the old value is written again, so that a late write meets a conflict': given(
    'rollback',
    unread({ landsBy: NOW }),
  )
    .when()
    .decides('perform rewrite old to a over v1'),
  'it is quiet, and the store has no compare-and-set: nothing more can be done about a late write': given(
    'rollback',
    unread({ landsBy: NOW }),
    (rotation) => {
      for (const one of rotation.pin.targets) one.traits.compareAndSet = false
    },
  )
    .when()
    .decides('perform revoke new-id'),
  'a store that cannot be read may still get the new key': given(
    'rollback',
    unreadable,
    write({ state: 'unknown', landsBy: NOW + 20_000 }),
  )
    .when()
    .decides('wait 20 s (quiet-time)'),
  'a store that cannot be read gets one write of the old value': given('rollback', unreadable)
    .when()
    .decides('perform rollback old to a over v2'),
  'fifty writes failed': given('rollback', ledger({ tries: 51 }))
    .when()
    .decides('block (target-lags)'),
  'the store refused the write': given('rollback', ledger({ failure: failure('denied') }))
    .when()
    .decides('block (target-refused)'),
  'the store was busy': given('rollback', ledger({ failure: failure('throttled'), nextTryAt: NOW + 3_000 }))
    .when()
    .decides('wait 3 s (target-lags)'),
}

export const oldKey: Cases = {
  'the old key is refused once: nothing is written': given('rollback')
    .when(probes('rejected', 'accepted'))
    .decides('ask'),
  'the old key is dead: it is not restored': given('rollback', streak('old', 'rejected'))
    .when(probes('rejected', 'accepted'))
    .decides('block (old-key-dead), needs keep-new'),
  'the old key is dead and the new one is being revoked': given(
    'rollback',
    streak('old', 'rejected'),
    withdrawal(),
  )
    .when(probes('rejected', 'accepted'))
    .decides(`block (old-key-dead), needs another-key:${MARK}`),
  'a person keeps the new key': given('rollback', streak('old', 'rejected'), confirmed('keep-new'))
    .when(probes('rejected', 'accepted'))
    .decides('commit, step deploy'),
  'a person has another key created': given(
    'rollback',
    streak('old', 'rejected'),
    confirmed(`another-key:${MARK}`),
  )
    .when(probes('rejected', 'accepted'))
    .decides('perform issue, step create'),
  'the probe is inconclusive: nothing is written': given('rollback')
    .when(inconclusive)
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'a rollback is wanted without a living old key': given(
    'validate',
    oldDead,
    streak('refused', 'rejected'),
    (rotation) => {
      rotation.pin.consumers = [{ name: 'app', restarts: true }]
      const mark = MARK
      rotation.consumers.app = {
        state: 'restarting',
        direction: 'new',
        mark,
        restartedAt: NOW,
        tries: 1,
        nextTryAt: 0,
      }
    },
  )
    .when((answers) => {
      answers.consumers = { app: { is: 'told', readiness: { is: 'failed' } } }
    })
    .decides(`block (new-key-refused), needs another-key:${MARK}`),
  'a rollback is wanted while the old key is being revoked': given('deploy', revokeBegan)
    .when(holds(OLD))
    .decides(`block (new-key-refused), needs another-key:${MARK}`),
}
