import {
  attempt,
  confirmed,
  consumer,
  dying,
  finds,
  holds,
  issuer,
  ledger,
  lists,
  lost,
  mixed,
  orphan,
  probes,
  reads,
  readsBack,
  restarted,
  roll,
  says,
  slots,
  streak,
} from '../changes.ts'
import { type Answer, type Cases, type Change, FOREIGN, given, MARK, NEW, NOW, OLD } from '../given.ts'

const HOUR = 3_600_000
const diesLater = roll({ diesAfterMs: 48 * HOUR })
const cancelled: Change = (rotation) => {
  rotation.rollback = { why: 'asked', after: 'end' }
}
const restored: Change = (rotation, record) => {
  const back = { mark: 'm2', purpose: 'rollback', fingerprint: OLD, replaces: 'v2' } as const
  rotation.targets.a?.writes.push({ ...back, state: 'done', at: NOW - 50_000, landsBy: 0, version: 'v3' })
  ledger({ holds: 'old', version: 'v3', baseline: 'v3', readBackAt: NOW - 50_000 })(rotation, record)
}
const another = confirmed(`another-key:${MARK}`)
export const turningBack: Cases = {
  'the old value is restored: nothing is sent that ends the new key': given('rollback', roll(), restored)
    .when()
    .decides('end (rolled-back)'),
  'nothing has to prove that consumers are back: both keys live': given(
    'rollback',
    roll(),
    restored,
    (rotation) => {
      delete rotation.pin.policy.quietForMs
    },
  )
    .when()
    .decides('end (rolled-back)'),
  'enough time is left: back': given('validate', diesLater, dying(30 * HOUR), restarted())
    .when(reads(NEW), says({ is: 'told', readiness: { is: 'failed' } }))
    .decides('commit, step rollback'),
  'too little time is left: the new key stays': given('validate', diesLater, dying(20 * HOUR), restarted())
    .when(reads(NEW), says({ is: 'told', readiness: { is: 'failed' } }))
    .decides('block (too-late-to-roll-back)'),
  'too little time is left and the new key is refused: only another one helps': given(
    'revoke',
    diesLater,
    dying(20 * HOUR),
    streak('refused', 'rejected'),
  )
    .when(probes('accepted', 'rejected'))
    .decides(`block (too-late-to-roll-back), needs another-key:${MARK}`),
  'a person has another one created': given(
    'revoke',
    diesLater,
    dying(20 * HOUR),
    streak('refused', 'rejected'),
    another,
  )
    .when(probes('accepted', 'rejected'), readsBack(NEW))
    .decides('perform issue, step create'),
  'an expiry counts too, for as long as the way back takes': given('validate', dying(30_000), restarted())
    .when(reads(NEW), says({ is: 'told', readiness: { is: 'failed' } }))
    .decides('block (too-late-to-roll-back)'),
  'the old key died with the creation: there is no way back': given('validate', roll('dies'), restarted())
    .when(reads(NEW), says({ is: 'told', readiness: { is: 'failed' } }))
    .decides(`block (new-key-refused), needs another-key:${MARK}`),
  'the value was lost before any target held it: it is read back': given('deploy', roll())
    .when(holds(OLD))
    .decides('ask, step create'),
  'the API ends a supplied key that is not used': given('rollback', mixed, restored)
    .when()
    .decides('perform revoke new-id'),
}

export const places: Cases = {
  'a lost creation may still take effect': given('create', slots, lost(NOW + 9_000))
    .when()
    .decides('wait 9 s (quiet-time)'),
  'after that the targets are read': given('create', slots, lost(NOW)).when().decides('ask'),
  'the next creation replaces it, and nothing is revoked': given('create', slots, orphan)
    .when(lists('old-id', 'new-id'))
    .decides('perform issue'),
  'a target holds an unknown value: the place is not touched': given('create', slots, orphan)
    .when(reads(FOREIGN))
    .decides('block (drift), needs keep:foreign'),
  'a person cancels: only the place of the new key is touched': given('create', slots, cancelled)
    .when(lists('old-id', 'new-id'))
    .decides('perform revoke new-id'),
}

const early = restarted({ restartedAt: NOW - 60_000, tries: 1 })
const shows = (fingerprint: string): Answer => says({ is: 'told', readiness: { is: 'ready', fingerprint } })
export const earlyStarts: Cases = {
  'it shows the old key: it is restarted again': given('validate', early)
    .when(reads(NEW), shows(OLD))
    .decides('perform restart app'),
  'one of its instances shows the old key: it is restarted again': given('validate', early)
    .when(
      reads(NEW),
      says({ is: 'told', readiness: { is: 'ready', fingerprint: NEW, otherFingerprints: [OLD] } }),
    )
    .decides('perform restart app'),
  'not before a pause': given('validate', restarted({ restartedAt: NOW - 1_000, tries: 1 }))
    .when(reads(NEW), shows(OLD))
    .decides('wait 1 s (consumer-lags)'),
  'five restarts did not help': given('validate', restarted({ restartedAt: NOW - 60_000, tries: 5 }))
    .when(reads(NEW), shows(OLD))
    .decides('block (consumer-lags)'),
  'it shows a key of somebody else: no restart helps': given('validate', early)
    .when(reads(NEW), shows(FOREIGN))
    .decides('block (consumer-lags)'),
  'nobody restarts it': given('validate', consumer({ restartedAt: NOW - 60_000 }, false))
    .when(reads(NEW), shows(OLD))
    .decides('block (consumer-lags)'),
  'on the way back it shows the new key: it is restarted again': given(
    'rollback',
    restored,
    restarted({ direction: 'old', restartedAt: NOW - 60_000, tries: 1 }),
  )
    .when(shows(NEW))
    .decides('perform restart app'),
}

const misfit = attempt({ misfit: true, why: 'no value in the answer' })
export const misfits: Cases = {
  'the answer named the key: it is an orphan': given(
    'create',
    lost(NOW + 9_000),
    misfit,
    attempt({ ref: { id: 'x' } }),
  )
    .when(finds())
    .decides('commit'),
  'it is looked for by its mark': given('create', lost(NOW + 9_000), misfit)
    .when(finds('x'))
    .decides('commit'),
  'it is revoked: no other one is created': given('create', misfit, attempt({ state: 'revoked' }))
    .when()
    .decides('block (answer-does-not-fit), needs another-attempt'),
  'a person has corrected the config': given(
    'create',
    misfit,
    attempt({ state: 'revoked' }),
    confirmed('another-attempt'),
  )
    .when()
    .decides('perform issue'),
  'an issuer that repeats its answer is not asked again': given(
    'create',
    lost(0),
    misfit,
    issuer({ onLostAnswer: 'repeat' }),
  )
    .when()
    .decides(`block (answer-lost-needs-a-person), needs nothing-made:${MARK}`),
}
