/* What `systemctl show` tells about a service, and what it means. */

import type { Readiness } from '../../../src/contracts/consumer.ts'

export const PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'Type',
  'KillMode',
  'Job',
  'Result',
  'ExecMainCode',
  'ExecMainStatus',
  'NRestarts',
  'MainPID',
  'ActiveEnterTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
] as const

export interface Unit {
  /** Whether there is a unit file. */
  isKnown: boolean
  active: string
  sub: string
  type: string
  killMode: string
  /** Whether systemd still has something to do for it. */
  hasJob: boolean
  result: string
  mainCode: number
  mainStatus: number
  restarts: number
  mainPid: number
  /** Microseconds of CLOCK_MONOTONIC; 0 for never. */
  activeEnterUs: number
  inactiveExitUs: number
}

/** Reads `Name=value` lines; undefined if a state is missing, which no systemctl leaves out. */
export function readUnit(output: string): Unit | undefined {
  const values = new Map(
    output.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
    }),
  )
  const text = (name: (typeof PROPERTIES)[number]) => values.get(name) ?? ''
  const number = (name: (typeof PROPERTIES)[number]) =>
    /^\d{1,15}$/.test(text(name)) ? Number(text(name)) : 0
  if (text('LoadState') === '' || text('ActiveState') === '') return undefined
  return {
    isKnown: text('LoadState') !== 'not-found',
    active: text('LoadState') === 'masked' ? 'masked' : text('ActiveState'),
    sub: text('SubState'),
    type: text('Type'),
    killMode: text('KillMode'),
    hasJob: number('Job') > 0,
    result: text('Result'),
    mainCode: number('ExecMainCode'),
    mainStatus: number('ExecMainStatus'),
    restarts: number('NRestarts'),
    mainPid: number('MainPID'),
    activeEnterUs: number('ActiveEnterTimestampMonotonic'),
    inactiveExitUs: number('InactiveExitTimestampMonotonic'),
  }
}

/** A state that systemd has yet to leave is no failure, even one that an earlier attempt left behind. */
export function judgeUnit(unit: Unit): Readiness {
  if (unit.hasJob)
    return { is: 'progressing', why: `systemd has not restarted it yet (${describeState(unit)})` }
  if (unit.sub === 'auto-restart' || unit.sub === 'auto-restart-queued')
    return { is: 'progressing', why: `it ${describeEnd(unit)}, and systemd is about to start it again` }
  switch (unit.active) {
    case 'active':
      return judgeActive(unit)
    case 'failed':
      return { is: 'failed', why: `it ${describeEnd(unit)}` }
    case 'inactive':
      return { is: 'progressing', why: 'it is stopped' }
    case 'masked':
      return { is: 'progressing', why: 'it is masked, so systemd does not start it' }
    default:
      return { is: 'progressing', why: `it is ${describeState(unit)}` }
  }
}

/** A service whose process has ended counts as active where its unit says so; only a `oneshot` is meant to be like that. */
function judgeActive(unit: Unit): Readiness {
  if (unit.sub === 'exited' && unit.type !== 'oneshot')
    return { is: 'failed', why: 'its process has ended, and RemainAfterExit keeps the unit active' }
  return { is: 'ready' }
}

function describeState({ active, sub }: Unit): string {
  return `${readWord(active)}, ${readWord(sub)}`
}

/** The values of `Result=`, as the manual of systemd.service lists them. */
const RESULTS: Readonly<Record<string, string>> = {
  'core-dump': 'crashed and left a core dump',
  'exec-condition': 'was not started: a condition of its unit (ExecCondition=) is not met',
  'oom-kill': 'was killed because memory ran out',
  'start-limit-hit': 'was started too often in too short a time (StartLimitBurst=)',
  protocol: 'did not report its start as its unit demands (Type=)',
  resources: 'could not be started: systemd failed to prepare it, e.g. a file of its unit is missing',
  timeout: 'did not start or stop within its time limit',
  watchdog: 'did not report to its watchdog in time',
}

/** CLD_KILLED and CLD_DUMPED of `ExecMainCode=`: its status is then a signal. */
const BY_SIGNAL = [2, 3]

function describeEnd(unit: Unit): string {
  const { result, mainCode, mainStatus, restarts } = unit
  const times = restarts > 0 ? `, after ${restarts} automatic restarts` : ''
  const known = RESULTS[result]
  if (known !== undefined) return `${known}${times}`
  if (result === 'success') return `ended without an error${times}`
  const how = BY_SIGNAL.includes(mainCode)
    ? `was killed by signal ${mainStatus}`
    : `ended with exit code ${mainStatus}`
  return `${how}${times}`
}

/** A word of systemd's own; anything else is foreign text and not repeated. */
function readWord(text: string): string {
  return /^[a-z][a-z-]{0,40}$/.test(text) ? text : 'in an unknown state'
}
