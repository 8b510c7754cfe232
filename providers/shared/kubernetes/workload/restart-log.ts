import type { V1Pod } from '@kubernetes/client-node'
import type { WorkloadName } from './kinds.ts'
import type { Workload } from './workload.ts'

/*
 * Which restart served which mark. It stands in an annotation of the workload itself, where a change restarts nothing; a
 * second annotation, in the template, names the restart that a pod was made by. So a repeat of a mark does nothing, several
 * rotations share a restart, and a pod shows without any clock whether it came after the request.
 */

/** On the workload: what was asked for, the newest last. */
const LOG = 'keyrota.dev/restarts'
/** In the template of the pods: the restart that made them. */
const RESTART = 'keyrota.dev/restart'
/** What `kubectl rollout restart` sets. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

const maxEntries = 16

export interface Restart {
  readonly mark: string
  /** The restart that serves it: the first mark that it was made for; a Rollout's is the time in `restartAt`. */
  readonly id: string
  /** Somebody else made this restart: only pods that started at this moment or later count, in milliseconds since 1970. */
  readonly since?: number
}

export function readLog({ metadata }: Workload): Restart[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(metadata.annotations?.[LOG] ?? '[]')
  } catch {
    // Somebody edited it: then no restart counts as made, and it is written anew.
    return []
  }
  return Array.isArray(parsed) ? parsed.filter(isRestart) : []
}

function isRestart(entry: unknown): entry is Restart {
  const { mark, id, since } = Object(entry) as Record<string, unknown>
  return typeof mark === 'string' && typeof id === 'string' && ['undefined', 'number'].includes(typeof since)
}

export function findRestart(workload: Workload, mark: string): Restart | undefined {
  return mark === '' ? undefined : readLog(workload).findLast((one) => one.mark === mark)
}

/** The restart of ours that was made last. */
export function lastId(workload: Workload): string | undefined {
  return readLog(workload).findLast(({ since }) => since === undefined)?.id
}

/** Restarts every pod, for this mark. The resourceVersion makes the server refuse it if anything changed in between. */
export function describeRestart(
  { kind }: WorkloadName,
  workload: Workload,
  { mark, at }: { mark: string; at: string },
): object {
  if (kind === 'Rollout') return { ...describeEntry(workload, { mark, id: at }), spec: { restartAt: at } }
  return {
    ...describeEntry(workload, { mark, id: mark }),
    spec: { template: { metadata: { annotations: { [RESTARTED_AT]: at, [RESTART]: mark } } } },
  }
}

/** Writes down that a restart that was made already serves this mark too. */
export function describeEntry(workload: Workload, entry: Restart): { metadata: object } {
  const log = [...readLog(workload), entry].slice(-maxEntries)
  return {
    metadata: {
      resourceVersion: workload.metadata.resourceVersion,
      annotations: { [LOG]: JSON.stringify(log) },
    },
  }
}

/** Whether a pod was made by this restart or by a later one; a pod shows nothing else by itself. */
export function isMadeBy(restart: Restart, workload: Workload, { metadata }: V1Pod): boolean {
  if (restart.since !== undefined) return false
  const made = metadata?.annotations?.[RESTART]
  const ids = readLog(workload).map(({ id }) => id)
  return made !== undefined && ids.slice(ids.lastIndexOf(restart.id)).includes(made)
}
