/*
 * When a service started, by two sources that must agree on "late enough": systemd's own time, and the kernel's time of
 * the main process. A process read its environment when it started, which may be long before its unit became active.
 */

import { readFile } from 'node:fs/promises'
import type { Readiness } from '../../../src/contracts/consumer.ts'
import type { Unit } from './unit.ts'

/** USER_HZ: the kernel counts in hundredths of a second for programs, on every machine. */
const TICK_MS = 10

/** With any other mode, processes of the unit outlive its restart. */
const STOPS_ALL = ['control-group', 'mixed']

/** The earliest time that may be its start; without one, the reason. */
export async function findOldestStart(unit: Unit): Promise<Pick<Readiness, 'oldestStart' | 'why'>> {
  if (unit.activeEnterUs === 0) return {}
  if (!STOPS_ALL.includes(unit.killMode))
    return {
      why: `its start proves nothing: KillMode=${unit.killMode === 'process' ? 'process' : 'none'} leaves processes of the former run`,
    }
  // A unit without a main process started when it left its rest.
  const byUnit = toWallMs(unit.mainPid > 0 ? unit.activeEnterUs : unit.inactiveExitUs)
  if (unit.mainPid === 0) return { oldestStart: byUnit }
  const byKernel = await readProcessStart(unit.mainPid)
  if (byKernel === undefined) return { why: `its main process ${unit.mainPid} cannot be seen from here` }
  return { oldestStart: Math.min(byUnit, byKernel) }
}

/*
 * Both times are told as "so long ago", and our clock is read first: what passes in between makes the start seem earlier
 * and never later.
 */

/** On our clock as it goes now, whatever it showed at that moment. */
function toWallMs(monotonicUs: number): number {
  const now = Date.now()
  const nowUs = Number(process.hrtime.bigint() / 1000n)
  return Math.floor(now - (nowUs - monotonicUs) / 1000)
}

/** When this process started; undefined if there is none, or /proc hides it. */
async function readProcessStart(pid: number): Promise<number | undefined> {
  const now = Date.now()
  const [stat, uptime] = await Promise.all([readQuietly(`/proc/${pid}/stat`), readQuietly('/proc/uptime')])
  // The name of the program stands in parentheses and may contain anything; starttime is field 22.
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  const upSeconds = Number(uptime.split(' ')[0])
  if (!(ticks >= 0) || !(upSeconds > 0)) return undefined
  return Math.floor(now - (upSeconds * 1000 - ticks * TICK_MS))
}

async function readQuietly(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
