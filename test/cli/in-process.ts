/* Runs the command line in this process, on a rig of memory providers and with its clock. */

import { execFileSync } from 'node:child_process'
import { vi } from 'vitest'
import type { Application } from '../../src/cli/application.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { Rig } from '../engine/harness.ts'

export interface Said {
  code: number
  /** Everything printed on stdout and stderr. */
  text: string
}

/** Runs one command as a person would type it, e.g. `keyrota resume video --confirm moved`. */
export async function typeCommand(rig: Rig, command: string): Promise<Said> {
  let text = ''
  const write = (chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write),
  )
  const before = process.exitCode
  process.exitCode = 0
  try {
    const [, ...words] = splitWords(command)
    await runProgram(applicationOf(rig), ['node', 'keyrota', ...words])
    return { code: Number(process.exitCode), text }
  } finally {
    process.exitCode = before
    for (const spy of spies) spy.mockRestore()
  }
}

/** The commands that a text tells a person to type, in its order. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/^ *(?:next|or): (keyrota .*)$/gm)].map(([, command = '']) => command)
}

/** As a shell does it, so that what is printed has to be quoted. */
function splitWords(command: string): string[] {
  const script = `for word in "$@"; do printf '%s\\0' "$word"; done`
  const args = ['--norc', '--noprofile', '-c', `set -- ${command}\n${script}`]
  return execFileSync('bash', args, { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } })
    .split('\0')
    .slice(0, -1)
}

function applicationOf(rig: Rig): Application {
  const unused = () => Promise.reject(new Error('not in this test'))
  return {
    version: '0.0.0',
    clock: rig.clock,
    open: async () => ({
      context: rig.context,
      file: 'keyrota.yaml',
      journalPlace: 'memory',
      close: async () => undefined,
    }),
    openLive: unused,
    keyNames: async () => [rig.key.name],
    initConfig: () => '',
    makeJsonSchema: unused,
    startSandbox: unused,
    describeFaults: unused,
    loadDemo: unused,
    permissions: unused,
  }
}
