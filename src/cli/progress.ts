/* Live progress of a rotation. */

import type { Clock } from '../contracts/clock.ts'
import type { AuditEntry } from '../contracts/journal.ts'
import type { Rotation } from '../contracts/record.ts'
import type { Watcher } from '../engine/context.ts'
import { formatDistance, paint, printNote } from './output.ts'

/** Prints on stderr every committed change and, on a terminal, what the rotation is waiting for. */
export function watchProgress(clock: Clock): Watcher {
  let waitingFor = ''
  return {
    committed: (audit) => {
      for (const entry of audit)
        if (isShown(entry)) printNote(`${paint('dim', entry.key, process.stderr)} ${entry.text}`)
    },
    waiting: (rotation: Rotation, until: number) => {
      const reason = rotation.hold?.reason ?? 'waiting'
      const left = until - clock.wallMs()
      if (!process.stderr.isTTY || reason === waitingFor || left < 1_000) return
      waitingFor = reason
      printNote(
        paint('dim', `waiting ${formatDistance(left)}: ${rotation.hold?.detail ?? reason}`, process.stderr),
      )
    },
  }
}

/** An outcome is left out: the change it leads to is printed. */
function isShown(entry: AuditEntry): boolean {
  return entry.kind !== 'outcome'
}
