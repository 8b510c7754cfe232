/** What meters told of the use of one key: the document that the watch over use keeps of it. */

import { documentNameOf, meterName, type UsageDocument } from '../contracts/usage.ts'
import type { KeyUse, Question } from '../workflow/words/questions.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { askJournal } from './look-up-holders.ts'
import { parseOrNone } from './parse-document.ts'

/** Undefined: it was not asked, or the use of this key is not watched. */
export async function askUse(
  asking: AtHand & Subject,
  question: Extract<Question, { ask: 'use' }> | undefined,
): Promise<KeyUse | undefined> {
  const { key } = asking.record
  const config = asking.world.keys.get(key)
  if (!question || !config?.usage || config.usage.from.length === 0) return undefined
  const id = { kind: 'usage', name: documentNameOf(key) }
  const stored = await askJournal(asking, () => asking.journal.documents.read(id))
  // A damaged one is measured again by the watch; a rotation does not fail of it.
  const known = parseOrNone<UsageDocument>(stored)
  if (!known) return undefined
  const { uses, readTo } = known
  const { recent = [], by = [] } = uses[question.fingerprint] ?? {}
  // Numbers that were typed in, or a meter that the config no longer names, tell nothing of the time since.
  const reads = config.usage.from.map((from) => readTo[meterName(from, config.issuer)] ?? 0)
  return { recent, by, readTo: Math.min(...reads) }
}
