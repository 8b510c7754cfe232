import type { Revocation } from '../../../src/contracts/record.ts'
import { byPerson, config, confirmed, consumer, finds, holds, ledger, probes, streak } from '../changes.ts'
import { type Cases, type Change, given, NOW, OLD } from '../given.ts'

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
/** The old value is back, and settled. */
const restored: Change = (rotation, record) => {
  const back = { mark: 'm2', purpose: 'rollback', fingerprint: OLD, replaces: 'v2' } as const
  rotation.targets.a?.writes.push({ ...back, state: 'done', at: NOW - 50_000, landsBy: 0, version: 'v3' })
  ledger({ holds: 'old', version: 'v3', baseline: 'v3', readBackAt: NOW - 50_000 })(rotation, record)
}
const another: Change = (rotation) => {
  rotation.rollback = { why: 'its value was lost', after: 'another' }
}
const askPerson: Change = (rotation) => {
  delete rotation.pin.policy.quietForMs
}

export const discard: Cases = {
  'the old value is restored: the new key is revoked': given('rollback', restored)
    .when()
    .decides('perform revoke new-id'),
  'the old value is restored, the stores have not settled': given(
    'rollback',
    restored,
    ledger({ readBackAt: NOW - 4_000 }),
  )
    .when()
    .decides('wait 6 s (settling)'),
  'consumers that had the new key are restarted first': given('rollback', restored, consumer())
    .when()
    .decides('perform restart app'),
  'nothing proves that the consumers are back': given('rollback', restored, askPerson)
    .when()
    .decides('block (target-unproven), needs moved-back'),
  'a person says that they are back': given('rollback', restored, askPerson, confirmed('moved-back'))
    .when()
    .decides('perform revoke new-id'),
  'the declared time runs': given('rollback', restored, config({ quietForMs: 60_000 }))
    .when()
    .decides('wait 20 s (target-unproven)'),
  'the issuer refuses the new key anyway: nobody can use it': given('rollback', restored, askPerson)
    .when(probes('accepted', 'rejected'))
    .decides('perform revoke new-id'),
  'the discarded key is refused for the first time': given('rollback', restored, withdrawal())
    .when(probes('accepted', 'rejected'))
    .decides('ask'),
  'the discarded key is refused: its version is retired': given(
    'rollback',
    restored,
    withdrawal(),
    streak('discarded', 'rejected'),
  )
    .when(probes('accepted', 'rejected'))
    .decides('perform retire v2 of a'),
  'that version is retired: the rotation ends': given(
    'rollback',
    restored,
    withdrawal(),
    streak('discarded', 'rejected'),
    ledger({ retired: 'gone' }),
  )
    .when(probes('accepted', 'rejected'))
    .decides('end (rolled-back)'),
  'that version is retired: another key is created': given(
    'rollback',
    restored,
    another,
    withdrawal(),
    streak('discarded', 'rejected'),
    ledger({ retired: 'gone' }),
  )
    .when(probes('accepted', 'rejected'))
    .decides('perform issue, step create'),
  'the probe is inconclusive about the discarded key': given('rollback', restored, withdrawal())
    .when(probes('accepted', 'unknown'))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'the discarded key is still accepted within the settle time': given(
    'rollback',
    restored,
    withdrawal({ answeredAt: NOW - 1_000 }),
  )
    .when()
    .decides('wait 1 s (not-revoked)'),
  'it is still accepted after that: revoked again': given('rollback', restored, withdrawal())
    .when()
    .decides('perform revoke new-id'),
  'five revocations did nothing': given('rollback', restored, withdrawal({ tries: 5 }))
    .when()
    .decides('block (not-revoked)'),
  'its value is gone and the list still has it': given('rollback', restored, withdrawal())
    .when(holds(OLD), finds('new-id'))
    .decides('perform revoke new-id'),
  'its value is gone and the list has it no longer, but it may be too new for the list': given(
    'rollback',
    restored,
    withdrawal(),
    streak('discarded', 'rejected'),
  )
    .when(holds(OLD), finds())
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'a supplied key becomes a debt of the person who created it': given(
    'rollback',
    restored,
    byPerson,
    ledger({ retired: 'gone' }),
  )
    .when()
    .decides('end (rolled-back)'),
}
