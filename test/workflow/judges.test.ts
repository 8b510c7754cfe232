import { expect, test } from 'vitest'
import { reasons } from '../../src/workflow/words/reasons.ts'
import { create, lostAnswer, orphans } from './cases/create.ts'
import * as deploy from './cases/deploy.ts'
import { discard } from './cases/discard.ts'
import * as lifecycles from './cases/lifecycles.ts'
import { listControl } from './cases/list-control.ts'
import { notAKey } from './cases/not-a-key.ts'
import { oldKeyUse } from './cases/old-key-use.ts'
import { preflight } from './cases/preflight.ts'
import * as revoke from './cases/revoke.ts'
import * as roll from './cases/roll.ts'
import * as rollback from './cases/rollback.ts'
import * as sharedKey from './cases/shared-key.ts'
import { runCases } from './given.ts'

const tables = {
  preflight,
  'create: the key': create,
  'create: an answer was lost': lostAnswer,
  'create: an orphan': orphans,
  'deploy: the value in every target': deploy.placement,
  'deploy: the config has changed': deploy.configChange,
  'deploy: the key that was deployed': deploy.acceptance,
  'deploy: consumers': deploy.restarts,
  'deploy: a deadline for a leaked key': deploy.deadline,
  validate: deploy.validate,
  'preflight: the old key is shared': sharedKey.before,
  'revoke: the old key is shared': sharedKey.atEnd,
  'rollback: the new key is shared': sharedKey.discarding,
  'revoke: the evidence': revoke.evidence,
  'revoke: the old key is used': oldKeyUse,
  'revoke: disable first': revoke.disabling,
  'revoke: is the old key dead': revoke.revoking,
  'revoke: the old value cannot be read': revoke.unheldOld,
  'rollback: the old value in every target': rollback.restore,
  'rollback: is the old key alive': rollback.oldKey,
  'rollback: the new key is discarded': discard,
  'the last look before the end': revoke.finish,
  'what cannot be a key': notAKey,
  'roll: the key': roll.rolling,
  'roll: an answer was lost': roll.lostRolls,
  'roll: the old key ends': roll.endingOverlap,
  'lifecycles: the way back': lifecycles.turningBack,
  'slots: the place of the new key': lifecycles.places,
  'a consumer that started too early': lifecycles.earlyStarts,
  'a creation that does not fit the config': lifecycles.misfits,
  'a list and the keys that it has to show': listControl,
}

const seen = Object.entries(tables).flatMap(([name, cases]) => runCases(name, cases))

test('every reason to wait or to be blocked has a row', () => {
  const missing = Object.values(reasons).filter((reason) => !seen.includes(reason))
  expect(missing).toEqual([])
})
