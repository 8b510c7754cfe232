/* What a command is doing, on stderr: a line for each change, and a live line while nothing changes. */

import type { Clock } from '../contracts/clock.ts'
import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Rotation } from '../contracts/record.ts'
import type { Watcher } from '../engine/context.ts'
import { describeEvidence } from '../service/next-steps.ts'
import type { Log } from '../telemetry/log/log.ts'
import { type Activity, LiveLine } from './live-line.ts'
import { onPrint, paint, printNote } from './output.ts'

/** `quiet`: nothing; `normal`: changes and waits; `verbose`: also outcomes, and the evidence of each entry. */
export type Detail = 'quiet' | 'normal' | 'verbose'

/** What was printed lately is not printed once more as an event; a process that stays forgets what is older. */
const MOST_SHOWN = 1_000

export interface Progress {
  watcher: Watcher
  /** Runs work for a key or a place, with a live line that says so. */
  during<T>(key: string, what: string, work: () => Promise<T>): Promise<T>
  /** Shows an event that a notifier would print between the lines of a dialogue. */
  show(event: NotifyEvent): void
  stop(): void
  /** The log that all of it goes to, if there is one. */
  log?: Log
}

export function startProgress(detail: Detail, clock: Clock): Progress {
  const live = detail === 'quiet' ? null : new LiveLine(process.stderr, clock)
  const release = onPrint(() => live?.hide())
  const shown = new Set<string>()
  const remember = (text: string) => {
    shown.add(text)
    const [first] = shown
    if (shown.size > MOST_SHOWN && first !== undefined) shown.delete(first)
  }
  /** What goes on for a key while it is attended to several times. */
  const background = new Map<string, Activity>()
  const watcher: Watcher = {
    committed: (audit) => {
      for (const entry of audit) {
        if (!isShown(entry, detail)) continue
        remember(entry.text)
        printEntry(entry, detail)
        live?.set(entry.key, { what: entry.text, since: clock.wallMs() })
      }
    },
    waiting: (rotation: Rotation, until: number, key: string) => {
      const { hold } = rotation
      const [first] = hold?.evidence ?? []
      const what = `${hold?.detail ?? 'waiting'}${first ? ` (${describeEvidence(first)})` : ''}`
      live?.set(key, { what, since: hold?.since ?? clock.wallMs(), until })
    },
    attending: (key) => {
      if (!background.has(key)) live?.set(key, { what: 'claiming the key', since: clock.wallMs() })
    },
    attended: (key) => {
      const activity = background.get(key)
      if (activity) live?.set(key, activity)
      else live?.remove(key)
    },
  }
  return {
    watcher,
    during: async (key, what, work) => {
      const activity = { what, since: clock.wallMs() }
      background.set(key, activity)
      live?.set(key, activity)
      try {
        return await work()
      } finally {
        background.delete(key)
        live?.remove(key)
      }
    },
    show: (event) => {
      if (detail !== 'quiet' && event.level !== 'info' && !shown.has(event.message)) printEvent(event)
    },
    stop: () => {
      live?.stop()
      release()
    },
  }
}

/** An outcome is left out: the change it leads to is printed. */
function isShown(entry: AuditEntry, detail: Detail): boolean {
  return detail !== 'quiet' && (detail === 'verbose' || entry.kind !== 'outcome')
}

function printEntry({ key, text, data }: AuditEntry, detail: Detail): void {
  printNote(`${paint('dim', key, process.stderr)} ${text}`)
  if (detail === 'verbose' && data) printNote(paint('dim', `  ${JSON.stringify(data)}`, process.stderr))
}

function printEvent({ level, key, campaign, message, command }: NotifyEvent): void {
  const about = key ?? campaign ?? 'keyrota'
  printNote(`${paint(level === 'alarm' ? 'red' : 'yellow', about, process.stderr)} ${message}`)
  if (command) printNote(`  next: ${command}`)
}
