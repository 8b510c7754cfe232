import type { Revocation } from '../../../src/contracts/record.ts'
import {
  byPerson,
  changed,
  config,
  confirmed,
  finds,
  holds,
  inconclusive,
  issuer,
  ledger,
  listFails,
  lists,
  lost,
  probes,
  readFails,
  reads,
  restarted,
  streak,
  stuck,
} from '../changes.ts'
import { type Cases, type Change, given, NEW, NOW, OLD, target } from '../given.ts'

const revocation =
  (state: Revocation['state'], change: Partial<Revocation> = {}): Change =>
  (rotation) => {
    const none: Revocation = { state, landsBy: 0, tries: 1, nextTryAt: 0 }
    rotation.revocation = { ...none, ...change }
  }
const answered = (change: Partial<Revocation> = {}) =>
  revocation('answered', { intendedAt: NOW - 60_000, answeredAt: NOW - 60_000, ...change })
const canDisable: Change = (rotation) => {
  rotation.pin.issuer.canDisable = true
}
const disableTried: Change = (rotation) => {
  rotation.tries.disable = { count: 1, nextAt: NOW + 8_000 }
}
const unproven = config({ quietForMs: 60_000_000 })
const askPerson: Change = (rotation) => {
  delete rotation.pin.policy.quietForMs
}
const unlisted: Change = (rotation) => {
  rotation.seen = []
}

export const evidence: Cases = {
  'the overlap runs': given('revoke', (rotation) => {
    rotation.overlapUntil = NOW + 30_000
  })
    .when()
    .decides('wait 30 s (overlap)'),
  'the overlap is over and all evidence is there: the old key is revoked': given('revoke')
    .when()
    .decides('perform revoke old-id'),
  'a target is unavailable: it counts as holding the old key': given('revoke')
    .when(readFails('unavailable'))
    .decides('wait 1 s (target-lags)'),
  'a target refuses to be read': given('revoke').when(readFails('denied')).decides('block (target-refused)'),
  'nothing proves that the consumers moved, and nobody declared a time': given('revoke', askPerson)
    .when()
    .decides('block (target-unproven), needs moved'),
  'a person says that they moved': given('revoke', askPerson, confirmed('moved'))
    .when()
    .decides('perform revoke old-id'),
  'the declared time runs': given('revoke', config({ quietForMs: 80_000 }))
    .when()
    .decides('wait 30 s (target-unproven)'),
  'a consumer that proves the new key needs no time': given('revoke', unproven, restarted())
    .when((answers) => {
      const readiness = { is: 'ready', fingerprint: NEW } as const
      answers.consumers = { app: { is: 'told', readiness } }
    })
    .decides('perform revoke old-id'),
  'the new key is refused now': given('revoke', streak('refused', 'rejected'))
    .when(probes('accepted', 'rejected'))
    .decides('commit, step rollback'),
  'the old key is refused already, once': given('revoke').when(probes('rejected', 'accepted')).decides('ask'),
  'the old key is refused already: it needs no revocation': given('revoke', streak('old', 'rejected'))
    .when(probes('rejected', 'accepted'))
    .decides('perform retire v1 of a'),
  'the probe of the old key is inconclusive': given('revoke')
    .when(probes('unknown', 'accepted'))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'there is no old key: done': given('revoke', (rotation) => {
    rotation.old = null
  })
    .when()
    .decides('end (completed)'),
  'a person has to delete the old key': given('revoke', byPerson)
    .when()
    .decides('person (operator-deletes-key)'),
}

export const disabling: Cases = {
  'an issuer that can disable does that first': given('revoke', canDisable)
    .when()
    .decides('perform disable old-id'),
  'the disable failed: it is repeated after a pause': given(
    'revoke',
    canDisable,
    disableTried,
    revocation('none', { nextTryAt: NOW + 8_000 }),
  )
    .when()
    .decides('wait 8 s (issuer-down)'),
  'the disable was undone': given('revoke', canDisable, revocation('none', { nextTryAt: NOW + 8_000 }))
    .when()
    .decides('block (evidence-gone)'),
  'disabled, and every target still holds the new key: revoked': given(
    'revoke',
    canDisable,
    revocation('disabled'),
  )
    .when()
    .decides('perform revoke old-id'),
  'disabled, and a target holds the old value: enabled again': given(
    'revoke',
    canDisable,
    revocation('disabled'),
  )
    .when(reads(OLD))
    .decides('perform enable old-id'),
  'disabled, and a target cannot be read: enabled again': given('revoke', canDisable, revocation('disabled'))
    .when(readFails('unavailable'))
    .decides('perform enable old-id'),
  'disabled, and a target was added: enabled again': given('revoke', canDisable, revocation('disabled'))
    .when(changed((present) => present.targets.push(target('b'))))
    .decides('perform enable old-id'),
  'the enable failed: it is repeated after a pause': given(
    'revoke',
    canDisable,
    revocation('disabled', { nextTryAt: NOW + 8_000 }),
  )
    .when(reads(OLD))
    .decides('wait 8 s (old-key-disabled)'),
}

export const revoking: Cases = {
  'the old key is refused for the first time': given('revoke', answered())
    .when(probes('rejected', 'accepted'))
    .decides('ask'),
  'the old key is refused: its value is retired': given('revoke', answered(), streak('revoked', 'rejected'))
    .when(probes('rejected', 'accepted'))
    .decides('perform retire v1 of a'),
  'the old value is retired: done': given(
    'revoke',
    answered(),
    streak('revoked', 'rejected'),
    ledger({ retired: 'gone' }),
  )
    .when(probes('rejected', 'accepted'))
    .decides('end (completed)'),
  'both keys are refused: that is no verdict': given('revoke', answered(), streak('revoked', 'rejected'))
    .when(probes('rejected', 'rejected'))
    .decides('wait 1 s (probe-gives-no-verdict)'),
  'the old key is still accepted within the settle time': given(
    'revoke',
    answered({ answeredAt: NOW - 1_000 }),
  )
    .when()
    .decides('wait 1 s (not-revoked)'),
  'it is still accepted after that: revoked again': given('revoke', answered())
    .when()
    .decides('perform revoke old-id'),
  'the new key is not accepted: nothing more is revoked': given('revoke', answered())
    .when(probes('accepted', 'unknown'))
    .decides('wait 1 s (new-key-refused)'),
  'five revocations did nothing': given('revoke', answered({ tries: 5 }))
    .when()
    .decides('block (not-revoked)'),
  'only a disable is certain and the list fails': given(
    'revoke',
    canDisable,
    answered({ why: 'no answer' }),
    streak('revoked', 'rejected'),
  )
    .when(probes('rejected', 'accepted'), listFails('unavailable'))
    .decides('wait 1 s (issuer-down)'),
  'only a disable is certain and the key is listed: revoked again': given(
    'revoke',
    canDisable,
    answered({ why: 'no answer' }),
    streak('revoked', 'rejected'),
  )
    .when(probes('rejected', 'accepted'), lists('old-id'))
    .decides('perform revoke old-id'),
  'only a disable is certain and the key is no longer listed': given(
    'revoke',
    canDisable,
    answered({ why: 'no answer' }),
    streak('revoked', 'rejected'),
  )
    .when(probes('rejected', 'accepted'), lists('new-id'))
    .decides('perform retire v1 of a'),
}

export const unheldOld: Cases = {
  'the old value cannot be read anywhere: the list is asked for': given('revoke')
    .when(holds(NEW), (answers) => {
      delete answers.list
    })
    .decides('ask'),
  'the list fails': given('revoke')
    .when(holds(NEW), listFails('unavailable'))
    .decides('wait 1 s (issuer-down)'),
  'the list has the old key: it is revoked by its id': given('revoke')
    .when(holds(NEW), lists('old-id', 'new-id'))
    .decides('perform revoke old-id'),
  'the list shows the new key and not the old one': given('revoke')
    .when(holds(NEW), lists('new-id'))
    .decides('perform retire v1 of a'),
  'the list shows neither key: it proves nothing': given('revoke')
    .when(holds(NEW), lists('other-id'))
    .decides('wait 1 s (value-lost)'),
  'the list never had it: perhaps a store comes back': given('revoke', unlisted)
    .when(holds(NEW), lists('new-id'))
    .decides('wait 1 s (value-lost)'),
  'no store came back': given('revoke', unlisted, stuck)
    .when(holds(NEW), lists('new-id'))
    .decides('block (value-lost), needs old-gone'),
  'a person says that it is gone': given('revoke', unlisted, stuck, confirmed('old-gone'))
    .when(holds(NEW), lists('new-id'))
    .decides('perform retire v1 of a'),
}

const ending: Change = (rotation, record) => {
  lost(NOW - 1)(rotation, record)
  rotation.ending = 'rolled-back'
}

export const finish: Cases = {
  'a creation had no answer: its mark is looked for before the end': given(
    'revoke',
    revocation('seen-refused'),
    (rotation) => {
      if (rotation.attempts[0]) rotation.attempts[0].landsBy = NOW - 1
      if (rotation.targets.a) rotation.targets.a.retired = 'gone'
    },
  )
    .when()
    .decides('commit'),
  'the look fails': given('rollback', ending).when(inconclusive).decides('wait 1 s (answer-lost)'),
  'the look fails for too long': given('rollback', ending, stuck)
    .when(inconclusive)
    .decides('block (answer-lost)'),
  'a key is found: it is revoked': given('rollback', ending)
    .when(finds('late'))
    .decides('perform revoke late'),
  'no key is found': given('rollback', ending, issuer({})).when(finds()).decides('end (rolled-back)'),
}
