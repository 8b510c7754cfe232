import { isApi, markNumber } from '../keys/attempts.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, type Turn } from '../words/turn.ts'

/** What shows, right after a claim, whether the journal is the one that drove this key last. */
export function questionsOfAge(turn: Turn): Question[] {
  const asked: Question[] = readableTargets(turn.rotation)
  if (isApi(turn.rotation.pin.issuer)) asked.push({ ask: 'list' })
  return asked
}

/**
 * A mark of this key that is younger than the record: the journal is a restored copy. It must not act on what it
 * remembers, since what it takes for an orphan may be in use, until a person has confirmed `reconcile`.
 */
export function judgeJournalAge(turn: Turn): Next | null {
  const { record, rotation, answers } = turn
  const names = answers.list?.is === 'ok' ? answers.list.keys.flatMap((key) => key.name ?? []) : []
  const marks = Object.values(answers.targets).flatMap((reading) =>
    reading.is === 'value' && !reading.shared ? (reading.mark ?? []) : [],
  )
  const mine = `${record.key}-${record.installation}-`
  const young = [...names.filter((name) => isNamedFor(name, mine)), ...marks].filter(
    (text) => markNumber(text, record.installation) > record.lastMark,
  )
  const [first] = young
  if (first === undefined) return null
  if (isConfirmed(rotation, 'reconcile')) {
    // From here on the marks go on above what was found, so that they are never minted twice.
    record.lastMark = Math.max(...young.map((text) => markNumber(text, record.installation)))
    return null
  }
  return block(
    turn,
    reasons.journalOld,
    `${first} carries a mark that this journal does not know: it is an old copy`,
    { needs: 'reconcile' },
  )
}

/** Another key's name may end in this one's: only the whole name counts. */
function isNamedFor(name: string, mine: string): boolean {
  return name.startsWith(mine) || name.startsWith(`keyrota-${mine}`)
}
