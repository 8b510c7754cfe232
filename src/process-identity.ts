/**
 * What names this process on this machine, and whether another one that was named so is gone. A process id alone says
 * neither: ids are used again, and a container counts its own. Where the system does not show enough, nothing is said.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** `host/pid`, then what tells whether that process still runs: `@boot,namespace,start`, absent where it cannot be known. */
const IDENTITY = /^(?<host>[^@]+)\/(?<pid>\d+)@(?<boot>[^,]+),(?<namespace>[^,]+),(?<start>\d+)$/

/** States of a process whose threads have all ended, as Linux shows them. */
const ENDED = ['Z', 'X', 'x']

let boot: string | null | undefined

/** Names this start of the machine together with the time namespace, whose steady clocks are its own; null: not shown. */
export function bootName(): string | null {
  boot ??= readBoot()
  return boot
}

function readBoot(): string | null {
  const id = readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  if (id === null) return null
  return `${id}/${readOrNull(() => readlinkSync('/proc/self/ns/time')) ?? 'time'}`
}

/** Names this process for claims: people read host and process id, other processes the rest. */
export function nameProcess(): string {
  const plain = `${hostname()}/${process.pid}`
  const [booted, namespace, stat] = [bootName(), pidNamespace(), readStat(process.pid)]
  return booted && namespace && stat ? `${plain}@${booted},${namespace},${stat.start}` : plain
}

/**
 * Whether the process of this name ran on this machine and is gone. False while it runs, and whenever that cannot be
 * told: another host, another start of the machine, another namespace of process ids.
 */
export function isProcessGone(name: string): boolean {
  const named = IDENTITY.exec(name)?.groups
  if (!named || named.host !== hostname() || named.boot !== bootName()) return false
  if (named.namespace !== pidNamespace()) return false
  const pid = Number(named.pid)
  if (!isAlive(pid)) return true
  // Without its state nothing shows that the id went to another process.
  const stat = readStat(pid)
  return stat !== null && (String(stat.start) !== named.start || ENDED.includes(stat.state))
}

/** The kernel's own word; `/proc` may hide the processes of other users. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** The namespace that ids of processes count in; null where `/proc` is of another one, or not there. */
function pidNamespace(): string | null {
  if (readOrNull(() => readlinkSync('/proc/self')) !== String(process.pid)) return null
  return readOrNull(() => readlinkSync('/proc/self/ns/pid'))
}

/** State and start of a process, the latter in ticks since the machine started. */
function readStat(pid: number): { state: string; start: number } | null {
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name in brackets may hold anything, brackets too.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields?.[0], Number(fields?.[19])]
  return state && Number.isSafeInteger(start) ? { state, start } : null
}

/** What the system shows; null where it does not: another system, an older kernel, or hidden from this user. */
function readOrNull(read: () => string): string | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
