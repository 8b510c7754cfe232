/** What is written of a commit beside the object: Events and the audit trail. Neither ever fails a commit. */
import type { JournalContext } from '../../../src/contracts/journal.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { type Audit, openAudit } from './audit.ts'
import type { Committing } from './commit.ts'
import { type Events, openEvents } from './events.ts'
import type { Options } from './options.ts'
import { toTrailEntry } from './record.ts'
import { openSink } from './sinks.ts'

/** How long a process that ends waits for what is not written yet. */
const CLOSE_LIMIT_MS = 5_000

export interface Recorder extends Pick<Committing, 'committed' | 'recordingProblem'> {
  close(): Promise<void>
}

export function openRecorder(client: KubernetesClient, options: Options, context: JournalContext): Recorder {
  const { clock, name } = context
  const events: Events | null = options.events ? openEvents(client, clock) : null
  const audit: Audit | null = options.audit ? openAudit(openSink(options.audit, name, clock), clock) : null
  return {
    async committed(object, entries) {
      events?.add(object, entries)
      const { key, trail = [] } = object.status?.journal ?? { key: '' }
      // With the numbers that they have in the object.
      const written = entries.length === 0 ? [] : trail.slice(-entries.length)
      await audit?.add(written.map((entry) => toTrailEntry(key, entry)))
    },
    recordingProblem() {
      const problems = [events?.problem(), audit?.problem()].filter((problem) => problem != null)
      return problems.length === 0 ? null : problems.join('; ')
    },
    async close() {
      await Promise.all([events?.settle(CLOSE_LIMIT_MS), audit?.settle(CLOSE_LIMIT_MS)])
      audit?.stop()
    },
  }
}
