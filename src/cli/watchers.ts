/* Tells several watchers of the same work. */

import type { Watcher } from '../engine/context.ts'

/** A watcher that passes everything on to both. */
export function joinWatchers(one: Watcher, other: Watcher): Watcher {
  const both = [one, other]
  return {
    attending: (key) => {
      for (const watcher of both) watcher.attending?.(key)
    },
    attended: (key) => {
      for (const watcher of both) watcher.attended?.(key)
    },
    committed: (audit) => {
      for (const watcher of both) watcher.committed?.(audit)
    },
    waiting: (rotation, until, key) => {
      for (const watcher of both) watcher.waiting?.(rotation, until, key)
    },
    called: (report) => {
      for (const watcher of both) watcher.called?.(report)
    },
    probed: (issuer, subject, verdict) => {
      for (const watcher of both) watcher.probed?.(issuer, subject, verdict)
    },
    leftStep: (step, durationMs, about) => {
      for (const watcher of both) watcher.leftStep?.(step, durationMs, about)
    },
    notifierSeen: (about) => {
      for (const watcher of both) watcher.notifierSeen?.(about)
    },
    messagesDropped: (notifier, count) => {
      for (const watcher of both) watcher.messagesDropped?.(notifier, count)
    },
    ended: (about) => {
      for (const watcher of both) watcher.ended?.(about)
    },
  }
}
