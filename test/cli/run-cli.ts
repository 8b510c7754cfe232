/* Runs commands as processes. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The entry point in the checkout. */
export const SOURCE = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** What the tests start: the bundle that was made for this run of them, where there is one. */
export const MAIN = process.env.KEYROTA_TEST_PROGRAM ?? SOURCE

/**
 * Where Node keeps the compiled modules of the checkout between the hundreds of processes that the tests start: two
 * thirds of the CPU time of each went into compiling them. It holds code alone.
 */
export const COMPILED: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/keyrota-tests', import.meta.url)),
}

/** A command that takes longer is considered stuck, unless it has a limit of its own. */
const STUCK_MS = 30_000

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env: Readonly<Record<string, string>>
  cwd: string
  /** Text for standard input, which is a pipe. */
  input?: string
  /** An entry point other than {@link MAIN}. */
  entry?: string
  /** How long it may take, in milliseconds. */
  limitMs?: number
  /** Receives the process as soon as it has started. */
  started?(child: ChildProcess): void
}

/** Runs one command to its end. Throws only if it gets stuck. */
export function runCli(args: readonly string[], options: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [options.entry ?? MAIN, ...args], {
      cwd: options.cwd,
      env: { ...(options.entry ? {} : COMPILED), ...options.env },
    })
    options.started?.(child)
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`keyrota ${args.join(' ')} is stuck\n${said.stderr}`))
    }, options.limitMs ?? STUCK_MS)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...said })
    })
    // A process that was killed reads no more; that is no error of the test.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}
