import { material } from '../contracts/secret-value.ts'
import type { Attended } from '../engine/attend.ts'
import { ServiceError } from '../service/context.ts'
import { continueRotation } from '../service/continue-rotation.ts'
import { endOverlap } from '../service/end-overlap.ts'
import { resultOf } from '../service/outcome.ts'
import { isWaitingForKey, supply, taskOf } from '../service/supply.ts'
import type { Opened } from './application.ts'
import { paint, say } from './output.ts'
import { askHidden, askYes } from './prompts.ts'

const POLL_MS = 5_000

/** The rest of a person's rotation in one sitting: the key is asked for, the overlap offered to end, the old key's death awaited. */
export async function sitOut(opened: Opened, first: Attended, stop: AbortSignal): Promise<Attended> {
  let attended = first
  for (;;) {
    if (stop.aborted) return attended
    const { record, key } = attended
    const rotation = record?.rotation
    if (isWaitingForKey(record)) {
      const next = await askForKey(opened, attended)
      if (!next) return attended
      attended = next
    } else if (rotation?.hold?.reason === 'overlap') {
      if (!(await askYes(`Every consumer is proved on the new key. End the overlap of ${key} now?`)))
        return attended
      attended = await endOverlap(opened.context, key)
    } else if (rotation?.operator?.kind === 'revoke') {
      await sayTask(opened, attended)
      attended = await awaitDeath(opened, attended, stop)
      if (attended.record?.rotation?.operator?.kind === 'revoke') return attended
    } else {
      return attended
    }
  }
}

/** Prints what the person has to do at the issuer. */
export async function sayTask(opened: Opened, attended: Attended): Promise<void> {
  const task = await taskOf(opened.context, attended.key, attended.record)
  if (!task) return
  say(paint('bold', task.title, process.stderr))
  say(`  ${task.url}`)
  for (const [index, step] of task.steps.entries()) say(`  ${index + 1}. ${step}`)
  for (const line of task.confirm) say(`  to be confirmed by you, no probe can tell: ${line}`)
}

async function askForKey(opened: Opened, attended: Attended): Promise<Attended | null> {
  await sayTask(opened, attended)
  const value = await askHidden(`New key of ${attended.key}`)
  if (!value) return null
  try {
    return await supply(opened.context, attended.key, material({ value }))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    say(paint('red', error.message, process.stderr))
    return attended
  }
}

/** Probes until the old key is dead, the rotation goes another way, or this process has waited long enough. */
async function awaitDeath(opened: Opened, attended: Attended, stop: AbortSignal): Promise<Attended> {
  const { clock, waitMs } = opened.context
  const giveUpAt = clock.monotonicMs() + waitMs
  let latest = attended
  while (!stop.aborted && clock.monotonicMs() < giveUpAt) {
    latest = await continueRotation(opened.context, attended.key)
    if (latest.record?.rotation?.operator?.kind !== 'revoke') return latest
    if (resultOf(latest, clock.wallMs()) === 'claimed') return latest
    await clock.sleep(Math.min(POLL_MS, Math.max(100, waitMs / 20)), stop)
  }
  return latest
}
