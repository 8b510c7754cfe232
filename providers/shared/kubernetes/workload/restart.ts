import type { Call } from '../../../../src/contracts/call.ts'
import type { Clock } from '../../../../src/contracts/clock.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import type { WorkloadApi } from './api.ts'
import { createdAt } from './pod.ts'
import { awaitReloader, isReloaded } from './reloader.ts'
import { describeEntry, describeRestart, findRestart, lastId } from './restart-log.ts'
import type { RestartSettings, Wanted } from './settings.ts'
import type { Workload } from './workload.ts'

const maxTries = 8
const pauseMs = 250

/**
 * Restarts every pod, once for all who ask within the gathering time, in this process or another: whoever finds that a
 * restart was made since its own first look has what it wanted, and only writes its mark down.
 */
export async function restartWorkload(
  workload: WorkloadApi,
  wanted: Wanted,
  call: Call,
  settings: RestartSettings,
): Promise<void> {
  const first = await workload.read(call)
  if (findRestart(first, wanted.mark)) return
  if (isReloaded(first) && (await awaitReloader(workload, first, { ...wanted, ...settings }, call))) return
  await settings.clock.sleep(settings.gatherMs, call.signal)
  await restartOnce(workload, first, wanted, { call, clock: settings.clock })
}

async function restartOnce(
  workload: WorkloadApi,
  first: Workload,
  { mark }: Wanted,
  { call, clock }: { call: Call; clock: Clock },
): Promise<void> {
  let seen = first
  for (let tries = 1; ; tries += 1) {
    if (findRestart(seen, mark)) return
    const id = lastId(seen)
    const isMade = id !== undefined && id !== lastId(first)
    const at = isMade ? '' : await chooseTime(workload, seen, { call, clock })
    try {
      await workload.patch(
        isMade ? describeEntry(seen, { mark, id }) : describeRestart(workload.name, seen, { mark, at }),
        call,
      )
      return
    } catch (error) {
      // Its controller writes its status all the time.
      if (!isConflict(error) || tries >= maxTries) throw error
    }
    await clock.sleep(pauseMs, call.signal)
    seen = await workload.read(call)
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'conflict'
}

/**
 * A Rollout's controller compares the time with that of the server at which a pod was created: one of a clock that is
 * behind would spare the newest pods.
 */
async function chooseTime(
  workload: WorkloadApi,
  seen: Workload,
  { call, clock }: { call: Call; clock: Clock },
): Promise<string> {
  const now = clock.wallMs()
  if (workload.name.kind !== 'Rollout') return toSeconds(now)
  const pods = await workload.listPods(seen, call)
  const newest = Math.max(0, ...pods.map(createdAt))
  return toSeconds(Math.max(now, newest + 1000))
}

function toSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
