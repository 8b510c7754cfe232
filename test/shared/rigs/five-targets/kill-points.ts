import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultProxy, SeenRequest } from '../../network/fault-proxy.ts'
import type { FiveRig } from './rig.ts'

/**
 * A moment at which the process is killed. `before`: the request arrived and is not sent on, the commit was not made;
 * `after`: it took effect but its response was lost; `late`: it takes effect only after its process has died.
 */
export interface KillPoint {
  /** A store, `gateway`, `fleet` or `journal`. */
  readonly place: string
  /** What kind of request it is; `commit` at the journal. */
  readonly label: string
  /** Which one of its kind at this place, from 0. */
  readonly nth: number
  readonly when: 'before' | 'after' | 'late'
}

/** How long after the death of its process a late call takes effect; shorter than the limit of a call. */
const LATE_MS = 1_200

/** The program to start, and the environment it needs. */
export interface Program {
  readonly main: string
  readonly env: NodeJS.ProcessEnv
}

const preload = new URL('die-at-commit.ts', import.meta.url).href

/** Where Keyrota's requests pass: by place, the proxies of a rig. */
export function proxiesOf(rig: FiveRig): [string, FaultProxy][] {
  const stores = rig.targets.map(({ store, proxy }): [string, FaultProxy] => [store, proxy])
  return [...stores, ['gateway', rig.gatewayProxy], ['fleet', rig.fleetProxy]]
}

/** A request without what differs between two runs. */
function labelOf(request: SeenRequest): string {
  const path = request.path
    .replace(/\?.*$/, '')
    .replace(/(secrets|data|destroy)\/(?!versions).*?(?=\/versions|:|$)/, '$1/NAME')
    .replace(/versions\/[^/:]+/, 'versions/N')
    .replace(/keys\/[^/]+/, 'keys/ID')
  const dryRun = request.path.includes('dryRun') ? ' dry run' : ''
  return `${request.method} ${request.operation ?? path}${dryRun}`
}

/** Whether a request may change something at the other side. */
function isChange(label: string): boolean {
  const isLook =
    /^GET |DescribeSecret|GetSecretValue|ListSecret|capabilities|testIamPermissions|dry run|generation/
  return !isLook.test(label)
}

interface Seen {
  readonly place: string
  readonly requests: readonly SeenRequest[]
  /** Requests before this one belong to what is not looked at. */
  readonly from: number
}

/** A point before every request and commit, and for each that changes something one after it and one for its landing late. */
export function listKillPoints(seen: readonly Seen[], commits: { from: number; count: number }): KillPoint[] {
  const points: KillPoint[] = []
  for (const { place, requests, from } of seen) {
    const counts = new Map<string, number>()
    for (const [at, request] of requests.entries()) {
      const label = labelOf(request)
      const nth = counts.get(label) ?? 0
      counts.set(label, nth + 1)
      if (at < from) continue
      points.push({ place, label, nth, when: 'before' })
      if (!isChange(label)) continue
      points.push({ place, label, nth, when: 'after' }, { place, label, nth, when: 'late' })
    }
  }
  for (let nth = commits.from; nth < commits.count; nth += 1) {
    const commit = { place: 'journal', label: 'commit', nth }
    points.push({ ...commit, when: 'before' }, { ...commit, when: 'after' })
  }
  return points
}

export function sayPoint({ place, label, nth, when }: KillPoint): string {
  return `${when} ${place} ${label} #${nth + 1}`
}

/** Starts `keyrota rotate` of this rig's key in a process of its own; `onCommit` gets the number of each commit. */
export function startRotation(
  rig: FiveRig,
  { main, env }: Program,
  about: { point?: KillPoint; onCommit?: (commits: number) => void } = {},
): ChildProcess {
  const { point, onCommit } = about
  const dieAt = point?.place === 'journal' ? `${point.when}:${point.nth + 1}` : ''
  const child = spawn(
    process.execPath,
    ['--import', preload, main, 'rotate', 'five', '--config', rig.config, '--wait', '60s', '--json'],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...env, KEYROTA_TEST_DIE_AT_COMMIT: dieAt, NODE_NO_WARNINGS: '1' },
    },
  )
  child.on('message', (message: { commits: number }) => onCommit?.(message.commits))
  if (point && point.place !== 'journal') armKill(rig, child, point)
  return child
}

function armKill(rig: FiveRig, child: ChildProcess, { place, label, nth, when }: KillPoint): void {
  const proxy = proxiesOf(rig).find(([name]) => name === place)?.[1]
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const killThenWait = async () => {
    await kill()
    await pause(LATE_MS)
  }
  proxy?.arm({
    when: (request) => labelOf(request) === label,
    skip: nth,
    action:
      when === 'late'
        ? { kind: 'meanwhile', run: killThenWait }
        : { kind: when === 'before' ? 'cut-before' : 'cut-after', run: kill },
  })
}

/** Waits for the end of a child: `killed`, or the code it ended with by itself. */
export async function endOf(child: ChildProcess): Promise<'killed' | number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.signalCode === 'SIGKILL' ? 'killed' : (child.exitCode ?? -1)
}
