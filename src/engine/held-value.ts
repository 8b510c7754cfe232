/** What is known of a value that a target holds or is to hold: its name, what is beside it, and whether it fits. */
import { fingerprintPart, MIN_KEY_LENGTH } from '../contracts/fingerprint.ts'
import type { PinnedTarget } from '../contracts/record.ts'
import type { StoredKey } from '../contracts/secret-store.ts'
import type { Material } from '../contracts/secret-value.ts'
import { canBeKey, findShape, type ValueShape } from '../contracts/value-shape.ts'
import type { Answers } from '../workflow/words/questions.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { explainUnfit } from './stored-key.ts'

/**
 * The fingerprint of a value, kept with it. What cannot be a key is named by its shape alone: it is not kept, so it is
 * never probed, and no fingerprint of it goes on record, since a guessable value is revealed by one.
 */
export function nameValue(
  asking: AtHand & Subject,
  material: Material,
): { fingerprint: string; shape?: ValueShape } {
  const shape = findShape(material, asking.pin.issuer.traits.publicParts)?.shape
  if (shape === undefined) return { fingerprint: asking.values.keep(material) }
  return { fingerprint: canBeKey(shape) ? asking.values.keep(material) : shape, shape }
}

/** Fields that no managed key has: one of them may hold the same key. What is too short to be a key is left out. */
export function besideOf(
  { world }: Pick<AtHand, 'world'>,
  target: PinnedTarget,
  others: StoredKey['others'] = {},
): { beside?: Record<string, string> } {
  const beside = Object.entries(others).filter(
    ([field, { length }]) => length >= MIN_KEY_LENGTH && !world.isManaged(target, field),
  )
  if (beside.length === 0) return {}
  return { beside: Object.fromEntries(beside.map(([field, value]) => [field, fingerprintPart(value)])) }
}

/** Asks each store about the form alone; nothing is sent. A value that is not at hand is asked about by its write. */
export async function findUnfit(
  asking: AtHand & Subject,
  fingerprint: string | undefined,
): Promise<Answers['unfit']> {
  const material = fingerprint === undefined ? undefined : asking.values.get(fingerprint)
  if (!material) return undefined
  const found = await Promise.all(
    asking.pin.targets.map(async (target) => {
      const why = explainUnfit(await asking.world.store(target.store), target, material)
      return why ? [{ target: target.id, why }] : []
    }),
  )
  return found.flat()
}
