import { createHash } from 'node:crypto'
import type { V1PodSpec } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import type { WorkloadApi } from './api.ts'
import { createdAt } from './pod.ts'
import { describeEntry, readLog } from './restart-log.ts'
import type { RestartSettings, Wanted } from './settings.ts'
import type { Workload } from './workload.ts'

/*
 * Stakater Reloader restarts a workload as soon as its Secret changes. Where it does, and its pods started late enough to
 * have the new value for certain, no second restart is made.
 * https://docs.stakater.com/reloader/1.4/reference/annotations.html
 */

const marks = [
  'reloader.stakater.com/auto',
  'reloader.stakater.com/search',
  'secret.reloader.stakater.com/auto',
  'secret.reloader.stakater.com/reload',
]
const lastReload = 'reloader.stakater.com/last-reloaded-from'

/** A rollout that began this long before the stores had settled may be of our write. */
const lookBackMs = 120_000
const pauseMs = 1_000

/** Whether Reloader is told to restart it, in the annotations of the workload or of its template. */
export function isReloaded({ metadata, spec }: Workload): boolean {
  const annotations = { ...spec?.template?.metadata?.annotations, ...metadata.annotations }
  return marks.some((mark) => !['', 'false', undefined].includes(annotations[mark]))
}

/**
 * Whether Reloader restarted it for this write, or does so within its time; then the mark is written down. Not when one
 * of its pods started before the stores had settled, unless the pods themselves prove their key: that is asked once.
 */
export async function awaitReloader(
  workload: WorkloadApi,
  first: Workload,
  wanted: Wanted & RestartSettings,
  call: Call,
): Promise<boolean> {
  const { clock, mark, since } = wanted
  const limit = clock.monotonicMs() + wanted.reloaderMs
  for (let seen = first; ; seen = await workload.read(call)) {
    const sign = signOfTemplate(seen)
    const id = `reloader-${digest(sign)}`
    const starts = await findStarts(workload, seen, since, call)
    const isEarly = starts.some((start) => start < since)
    if (isEarly && (!wanted.proves || readLog(seen).some((one) => one.id === id))) return false
    if (sign !== signOfTemplate(first) || starts.length > 0) {
      await workload.patch(describeEntry(seen, { mark, id, since: Math.min(since, ...starts) }), call)
      return true
    }
    if (clock.monotonicMs() >= limit) return false
    await clock.sleep(pauseMs, call.signal)
  }
}

/** When the pods of its last rollout were made, as far as that may have been for this write. */
async function findStarts(
  workload: WorkloadApi,
  seen: Workload,
  since: number,
  call: Call,
): Promise<number[]> {
  const sign = signOfTemplate(seen)
  if (sign === '') return []
  const pods = await workload.listPods(seen, call)
  return pods
    .filter((pod) => signOf(pod.spec, pod.metadata) === sign)
    .map(createdAt)
    .filter((created) => created >= since - lookBackMs)
}

function signOfTemplate({ spec }: Workload): string {
  return signOf(spec?.template?.spec, spec?.template?.metadata)
}

/** What Reloader leaves in a template and thus in its pods: an annotation, or a variable with a digest. */
function signOf(
  spec: V1PodSpec | undefined,
  metadata: { annotations?: Record<string, string> } | undefined,
): string {
  const variables = (spec?.containers ?? []).flatMap(({ env = [] }) =>
    env.filter(({ name }) => name.startsWith('STAKATER_')).map(({ name, value }) => `${name}=${value ?? ''}`),
  )
  const annotation = metadata?.annotations?.[lastReload]
  return [...variables, ...(annotation ? [annotation] : [])].join('\n')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
