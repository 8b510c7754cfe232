import type { Clock } from '../contracts/clock.ts'
import type { AuditEntry } from '../contracts/journal.ts'
import type { Rotation } from '../contracts/record.ts'
import type { Watcher } from '../engine/context.ts'
import { formatDistance, paint, say } from './output.ts'

/** Tells on stderr what was committed, and on a terminal what is waited for. */
export function watchProgress(clock: Clock): Watcher {
  let waitingFor = ''
  return {
    committed: (audit) => {
      for (const entry of audit)
        if (isShown(entry)) say(`${paint('dim', entry.key, process.stderr)} ${entry.text}`)
    },
    waiting: (rotation: Rotation, until: number) => {
      const reason = rotation.hold?.reason ?? 'waiting'
      const left = until - clock.wallMs()
      if (!process.stderr.isTTY || reason === waitingFor || left < 1_000) return
      waitingFor = reason
      say(paint('dim', `waiting ${formatDistance(left)}: ${rotation.hold?.detail ?? reason}`, process.stderr))
    },
  }
}

/** Outcomes are told by what follows from them. */
function isShown(entry: AuditEntry): boolean {
  return entry.kind !== 'outcome'
}
