/** Refuses a key's value where a word is expected: it would be kept, shown and logged. */
import { newRecord } from '../contracts/record.ts'
import { holdsSecret } from '../contracts/secret-value.ts'
import { ask } from '../engine/ask.ts'
import { takeAtHand } from '../engine/at-hand.ts'
import { isKnownValue } from '../engine/keep-secrets.ts'
import { lookUpHolders } from '../engine/look-up-holders.ts'
import { pinKey } from '../engine/pin.ts'
import { type Context, keyOf, ServiceError } from './context.ts'

/**
 * Lets words through that are no value: neither what the targets of this key hold, or most of it, nor the value of any
 * managed key that a record names.
 * @throws ServiceError `refused`; the word itself is not repeated.
 */
export async function refuseValues(context: Context, name: string, words: readonly string[]): Promise<void> {
  if (words.length === 0) return
  const hand = takeAtHand(context, name)
  try {
    const pin = await pinKey(context.providers, keyOf(context, name))
    const record = (await context.journal.load(name)).record ?? newRecord(name, context.installation)
    const places = pin.targets.filter((target) => target.traits.readable)
    await ask(
      hand,
      { record, pin },
      places.map(({ id }) => ({ ask: 'target', target: id })),
    )
    const secrets = hand.values.secrets(pin.issuer.traits.publicParts)
    const holders = (fingerprint: string) => lookUpHolders(hand, fingerprint)
    for (const text of words.flatMap((word) => [word, word.slice(word.indexOf(':') + 1)])) {
      const isValue = holdsSecret(text, secrets) || (await isKnownValue({ ...hand, pin, holders }, text))
      if (isValue) throw valueAsWord(name)
    }
  } finally {
    hand.values.forget()
  }
}

function valueAsWord(name: string): ServiceError {
  return new ServiceError(
    'refused',
    `${name}: that is the value of a key, not a name or an id of one; it was not kept`,
    `It was on a command line, where others and the shell's history see it: keyrota rotate ${name} --compromised`,
  )
}
