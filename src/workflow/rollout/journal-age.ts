import { markNumber } from '../keys/attempts.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, type Turn } from '../words/turn.ts'

/** What shows, right after a claim, whether this journal is the one that drove this key last (RULES.md 9). */
export function questionsOfAge(turn: Turn): Question[] {
  const asked: Question[] = readableTargets(turn.rotation)
  if (rulesOf(turn.rotation).isListed) asked.push({ ask: 'list' })
  return asked
}

/**
 * A mark of this key that is newer than the record means that the journal is a restored copy. It must not act on its
 * records until a person has confirmed `reconcile`, since a key that looks like an orphan may be in use.
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
    // Marks continue above those found, so that none is minted twice.
    record.lastMark = Math.max(...young.map((text) => markNumber(text, record.installation)))
    return null
  }
  return block(
    turn,
    reasons.journalOld,
    `${first} has a mark that this journal does not know: the journal is an old copy`,
    { needs: 'reconcile' },
  )
}

/** The name of another key may end like this one: only the whole name counts. */
function isNamedFor(name: string, mine: string): boolean {
  return name.startsWith(mine) || name.startsWith(`keyrota-${mine}`)
}
