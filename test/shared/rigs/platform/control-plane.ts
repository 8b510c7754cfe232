/** Disturbs the control plane of the tests: stops a program for a while, or kills it and starts it again. */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { readFile, readlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireEnv } from '../../require-env.ts'

export type Program = 'etcd' | 'kube-apiserver'

/** When it was away, in milliseconds since 1970. */
export interface Outage {
  from: number
  to: number
}

interface Running {
  label: string
  pid: number
  /** Start time as the kernel counts it: a process id alone may be another process by now. */
  born: string
}

/** What the programs of this cluster are, beside its kubeconfig. */
const file = () => join(dirname(requireEnv('KEYROTA_TEST_KUBECONFIG')), 'processes.json')

async function bornOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function find(program: Program): Promise<Running> {
  const all: Running[] = JSON.parse(await readFile(file(), 'utf8'))
  const found = all.find(({ label }) => label === program)
  if (!found || (await bornOf(found.pid)) !== found.born) throw new Error(`${program} does not run`)
  return found
}

/** The program itself: the process that is known started it in the namespaces of the node. */
async function innermost(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
  return children === '' ? pid : await innermost(Number(children.split(' ')[0]))
}

/** Stops it as a machine that hangs, for so long. */
export async function pause(program: Program, ms: number): Promise<Outage> {
  const pid = await innermost((await find(program)).pid)
  const from = Date.now()
  process.kill(pid, 'SIGSTOP')
  try {
    await sleep(ms)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  return { from, to: Date.now() }
}

/** Kills it, and starts it again with the same arguments after so long. `isReady` is asked until it says yes. */
export async function restart(
  program: Program,
  { downMs, isReady }: { downMs: number; isReady: () => Promise<boolean> },
): Promise<Outage> {
  const before = await find(program)
  const [command = '', ...args] = (await readFile(`/proc/${before.pid}/cmdline`, 'utf8'))
    .split('\0')
    .slice(0, -1)
  const cwd = await readlink(`/proc/${before.pid}/cwd`)
  const variables = (await readFile(`/proc/${before.pid}/environ`, 'utf8')).split('\0').slice(0, -1)
  const env = Object.fromEntries(variables.map((one) => [one.split('=')[0], one.slice(one.indexOf('=') + 1)]))
  const from = Date.now()
  process.kill(before.pid, 'SIGKILL')
  await sleep(downMs)
  const log = openSync(join(cwd, `${program}.log`), 'a')
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
  child.unref()
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} did not start again`)
  // Whoever started the cluster ends it by this list.
  const all: Running[] = JSON.parse(await readFile(file(), 'utf8'))
  const now = { label: program, pid, born: await bornOf(pid) }
  await writeFile(file(), JSON.stringify(all.map((one) => (one.label === program ? now : one))))
  while (!(await isReady())) await sleep(250)
  return { from, to: Date.now() }
}
