/* Watches processes and files while commands run. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Sink } from './search.ts'

/** Processes live for milliseconds; files that matter live a little longer. */
const PAUSE_MS = 5
const ROUNDS_PER_FILES = 6

/** What a command and its child processes expose to others while they run. */
export interface Watch {
  /** Watches a process and all its descendants. */
  follow(pid: number): void
  /** How many distinct snapshots were taken, by kind. */
  readonly pictures: Readonly<Record<'ours' | 'children' | 'files', number>>
  /** Resolves after one more complete scan of processes and files. */
  lookedAround(): Promise<void>
  stop(): Sink[]
}

/**
 * Takes pictures, as often as it can, of command lines and environments, and of every file below `folder` but those
 * that `may` hold a value.
 */
export function startWatch(folder: string, may: (path: string) => boolean): Watch {
  const followed = new Set<number>()
  const seen = new Map<string, Sink>()
  const pictures = { ours: 0, children: 0, files: 0 }

  function keep(kind: keyof typeof pictures, name: string, bytes: Buffer | null): void {
    if (bytes === null || bytes.length === 0) return
    const id = `${name}\0${bytes.toString('latin1')}`
    if (seen.has(id)) return
    seen.set(id, { name, bytes })
    pictures[kind] += 1
  }

  function takeFiles(): void {
    for (const path of listFiles(folder)) {
      if (!may(path)) keep('files', `file ${relative(folder, path)}`, readSafely(path))
    }
  }

  function takeProcesses(): void {
    for (const pid of followed) {
      const ours = readSafely(`/proc/${pid}/cmdline`)
      if (ours === null || ours.length === 0) followed.delete(pid)
      else takeProcess(pid, 'ours', ours)
      for (const child of descendantsOf(pid)) {
        const words = readSafely(`/proc/${child}/cmdline`)
        // Until it calls exec, a new process looks like its parent.
        if (words !== null && !words.equals(ours ?? words)) takeProcess(child, 'children', words)
      }
    }
  }

  function takeProcess(pid: number, kind: 'ours' | 'children', words: Buffer): void {
    keep(kind, `command line of ${kind}`, words)
    keep(kind, `environment of ${kind}`, readSafely(`/proc/${pid}/environ`))
  }

  let round = 0
  function take(): void {
    takeProcesses()
    round += 1
    if (round % ROUNDS_PER_FILES === 0) takeFiles()
  }

  const timer = setInterval(take, PAUSE_MS)
  return {
    follow: (pid) => {
      followed.add(pid)
    },
    pictures,
    lookedAround: async () => {
      const enough = round + ROUNDS_PER_FILES
      while (round < enough) await setTimeout(PAUSE_MS)
    },
    stop: () => {
      clearInterval(timer)
      takeFiles()
      return [...seen.values()]
    },
  }
}

function descendantsOf(pid: number): number[] {
  const children = listChildren(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

/** Node starts programs from its first thread, whose number is the process's own. */
function listChildren(pid: number): number[] {
  const text = readSafely(`/proc/${pid}/task/${pid}/children`)?.toString() ?? ''
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
}

/** Every file below a folder, including short-lived ones. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    // A folder may disappear while it is being read.
    return []
  }
}

/** The bytes of a file; null if it is gone or not readable. */
function readSafely(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}
