import { confirmed } from '../changes.ts'
import { type Answer, type Cases, given, NOW } from '../given.ts'

/** A use of half an hour that began so long after the cut-over, known for `knownMs` after its end. */
const usedFrom =
  (afterMs: number, knownMs = 0): Answer =>
  (answers, { stepSince }) => {
    const from = stepSince + afterMs
    const to = from + 1_800_000
    answers.use = { recent: [[from, to, 12]], by: ['consumer batch'], readTo: to + knownMs }
  }

/** A last use so long after the end of the overlap, of one that began an hour before. */
const lastUsed =
  (afterMs: number, knownMs = 0): Answer =>
  (answers, rotation) => {
    rotation.stepSince = NOW - 3_600_000
    const at = (rotation.overlapUntil ?? 0) + afterMs
    answers.use = { recent: [[at, at, 0]], by: [], readTo: at + knownMs }
  }

export const oldKeyUse: Cases = {
  'the old key was used after the cut-over: a consumer was missed': given('revoke')
    .when(usedFrom(60_000))
    .decides('block (old-key-in-use), needs end-in-use'),
  'it was used before the cut-over, or across it': given('revoke')
    .when(usedFrom(-60_000))
    .decides('perform revoke old-id'),
  'it was used, and then not for a day': given('revoke')
    .when(usedFrom(60_000, 90_000_000))
    .decides('perform revoke old-id'),
  'it was used, and nobody looked for a day': given('revoke')
    .when(usedFrom(60_000, 80_000_000))
    .decides('block (old-key-in-use), needs end-in-use'),
  'it was used, and a person says that this may end': given('revoke', confirmed('end-in-use'))
    .when(usedFrom(60_000))
    .decides('perform revoke old-id'),
  'a leaked key is used by whom it must not be: nothing is held': given('revoke', (rotation) => {
    rotation.compromised = { leaked: 'old' }
  })
    .when(usedFrom(60_000))
    .decides('perform revoke old-id'),
  'only the last use is told: it was between our own probes, and nobody can tell whether it goes on': given(
    'revoke',
  )
    .when(lastUsed(-60_000, 3_000_000_000))
    .decides('block (old-key-in-use), needs end-in-use'),
  'only the last use is told, and it may be a probe of ours': given('revoke')
    .when(lastUsed(60_000))
    .decides('perform revoke old-id'),
  'its use is watched, and there was none': given('revoke')
    .when((answers) => {
      answers.use = { recent: [], by: [], readTo: NOW }
    })
    .decides('perform revoke old-id'),
}
