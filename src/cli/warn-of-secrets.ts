/* What `serve` says at its start, since at night nobody could set it. */

import type { Context } from '../service/context.ts'
import { printNote } from './output.ts'

/** Names the secrets of notifiers, receivers and the heartbeat that cannot be read. */
export async function warnOfSecrets({ checkSecrets }: Context): Promise<void> {
  for (const { text, nextStep } of (await checkSecrets?.()) ?? []) printNote(`${text}\n  next: ${nextStep}`)
}
