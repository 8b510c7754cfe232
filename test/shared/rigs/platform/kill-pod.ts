/** Ends the processes of a pod as a machine that loses its power does: at once, without a signal that they see. */
import { readdir, readFile } from 'node:fs/promises'

/** A file of this process; empty when it has ended meanwhile. */
const read = (pid: number, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')

/** Process ids on this machine, on which the node of the tests runs, of a pod's containers; not of its pause. */
export async function findProcesses(uid: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || !(await read(pid, 'cgroup')).includes(uid)) continue
    if ((await read(pid, 'cmdline')).includes('keyrota')) found.push(pid)
  }
  return found
}

/** Kills those of them that are still this pod's. */
export async function killProcesses(uid: string, pids: readonly number[]): Promise<void> {
  for (const pid of pids) if ((await read(pid, 'cgroup')).includes(uid)) process.kill(pid, 'SIGKILL')
}
