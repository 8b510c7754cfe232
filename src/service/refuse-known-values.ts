/** Refuses the value of any managed key in words that are kept, shown and sent to people, such as a reason. */

import { type Context, ServiceError } from './context.ts'
import { readKnownValues } from './leaks/known-values.ts'
import { TextHasher } from './reports/hash-texts.ts'

/** @throws ServiceError `refused`; the words themselves are not repeated. */
export async function refuseKnownValues(
  context: Pick<Context, 'journal' | 'keys' | 'providers'>,
  words: readonly (string | undefined)[],
): Promise<void> {
  const texts = words.flatMap((word) => (word ? [Buffer.from(word)] : []))
  if (texts.length === 0) return
  const { forms } = new TextHasher().hash(texts)
  if (forms.size === 0) return
  const { byFingerprint } = await readKnownValues(context)
  for (const fingerprint of forms.keys()) {
    const [known] = byFingerprint.get(fingerprint) ?? []
    if (!known) continue
    throw new ServiceError(
      'refused',
      `the value of a key (${known.key}) is in these words; they were not kept`,
      `It was on a command line, where others and the shell's history see it: keyrota rotate ${known.key} --compromised`,
    )
  }
}
