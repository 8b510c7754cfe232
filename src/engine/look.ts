/** A look at the targets of a key without claiming it. */
import type { KeyRecord } from '../contracts/record.ts'
import { observePlaces, questionsOfLook } from '../workflow/between/adopt.ts'
import { clearRepaired } from '../workflow/between/after-care.ts'
import { ask } from './ask.ts'
import { takeAtHand } from './at-hand.ts'
import type { EngineContext } from './context.ts'

/**
 * Reads the targets and returns whether they show anything that the record does not say already. Only then the key is
 * claimed and looked at again: a look that finds nothing new writes nothing, and needs no claim.
 */
export async function showsNothingNew(context: EngineContext, record: KeyRecord): Promise<boolean> {
  const hand = takeAtHand(context, record.key)
  const pin = await hand.world.pin()
  if (!pin) return false
  try {
    const answers = await ask(hand, { record, pin }, questionsOfLook(pin))
    const seen = structuredClone(record)
    const now = hand.now()
    observePlaces(seen, pin, answers, now)
    clearRepaired(seen, answers, now)
    const isReverted = Object.values(seen.places).some(({ holds }) => holds === 'past')
    return !(isReverted && record.afterCare) && digest(seen) === digest(record)
  } finally {
    hand.values.forget()
  }
}

/** What counts as new: what the targets hold and what is wrong, not when that was read. */
function digest({ places, violations }: KeyRecord): string {
  const held = Object.entries(places)
    .map(([id, place]) => [id, { ...place, at: 0 }])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))
  return JSON.stringify([held, violations.map(({ kind, detail }) => [kind, detail])])
}
