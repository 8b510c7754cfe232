/* `keyrota rotate` on a terminal: walks a person through the parts of a rotation that only they can do. */

import { material } from '../contracts/secret-value.ts'
import type { Attended } from '../engine/attend.ts'
import { ServiceError } from '../service/context.ts'
import { continueRotation } from '../service/continue-rotation.ts'
import { endOverlap } from '../service/end-overlap.ts'
import { resultOf } from '../service/outcome.ts'
import { resume } from '../service/resume.ts'
import { isWaitingForKey, supply, taskOf } from '../service/supply.ts'
import type { Opened } from './application.ts'
import { paint, printNote } from './output.ts'
import { nameHands } from './person.ts'
import { askHidden, askYes } from './prompts.ts'
import type { Run } from './verb.ts'

const POLL_MS = 5_000

/**
 * Drives a rotation to its end with the person at the terminal: asks for the new key, offers to end the overlap, and
 * waits until the old key is dead. Returns early if the person cancels or the rotation needs something else.
 */
export async function walkThrough(opened: Opened, first: Attended, run: Run): Promise<Attended> {
  let attended = first
  for (;;) {
    if (run.stop.aborted) return attended
    const { record, key } = attended
    const rotation = record?.rotation
    if (isWaitingForKey(record)) {
      const next = await askForKey(opened, attended)
      if (!next) return attended
      attended = next
    } else if (rotation?.hold?.reason === 'overlap') {
      if (!(await askYes(`Both keys of ${key} are valid now. End the overlap and revoke the old one?`)))
        return attended
      attended = await endOverlap(opened.context, key)
    } else if (rotation?.hold?.needs === 'moved') {
      printNote(rotation.hold.detail)
      if (!(await askYes('Do you know that every consumer uses the new key?'))) return attended
      attended = await resume(opened.context, key, ['moved'])
    } else if (rotation?.operator?.kind === 'revoke') {
      await printTask(opened, attended)
      attended = await awaitRevocation(opened, attended, run)
      if (attended.record?.rotation?.operator?.kind === 'revoke') return attended
    } else {
      return attended
    }
  }
}

/** Prints what the person has to do at the issuer, if anything. */
export async function printTask(opened: Opened, attended: Attended): Promise<void> {
  const task = await taskOf(opened.context, attended.key, attended.record)
  if (!task) return
  printNote(paint('bold', task.title, process.stderr))
  printNote(`  ${task.url}`)
  for (const [index, step] of task.steps.entries()) printNote(`  ${index + 1}. ${step}`)
  for (const line of task.confirm) printNote(`  please verify yourself, no probe can: ${line}`)
}

async function askForKey(opened: Opened, attended: Attended): Promise<Attended | null> {
  await printTask(opened, attended)
  const value = await askHidden(`New key for ${attended.key}`)
  if (!value) return null
  try {
    return await supply(opened.context, attended.key, material({ value }), nameHands())
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    printNote(paint('red', error.message, process.stderr))
    return attended
  }
}

/** Probes until the old key is dead, the rotation changes course, or the wait is over. */
function awaitRevocation(opened: Opened, attended: Attended, run: Run): Promise<Attended> {
  const what =
    'waiting until the old key is deleted; it is probed every few seconds, Ctrl-C leaves the rest to a later run'
  return run.progress.during(attended.key, what, () => probeUntilDead(opened, attended, run.stop))
}

async function probeUntilDead(opened: Opened, attended: Attended, stop: AbortSignal): Promise<Attended> {
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
