/* Runs one program: without a shell, with a time limit, and with little output kept. */

import { type ChildProcess, spawn } from 'node:child_process'
import type { Call } from '../../../src/contracts/call.ts'
import { type Effect, ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'

/** The most a program may print, unless the command says otherwise. */
const defaultMaxOutputBytes = 64 * 1024

/** The environment variables a program inherits. Any other may contain one of Keyrota's own secrets. */
const environmentNames = ['PATH', 'HOME', 'LANG', 'TZ']

/** How long to wait for output after the program has exited, in case one of its children keeps the pipe open. */
const drainMs = 100

/** A program to run. */
export interface Command {
  /** Configured name of the provider, for errors. */
  provider: string
  /** What the program is for, in errors, e.g. `ready`. */
  verb: string
  words: readonly string[]
  folder: string | undefined
  environment: Readonly<Record<string, string>>
  limitMs: number
  /** Whether to read the output. Otherwise the program gets no pipe, so daemons it leaves running cannot block on one. */
  reads: boolean
  maxOutputBytes?: number
  /** What it reads on standard input; a value is handed over in no other way. */
  input?: SecretValue
  /** The effect to report if the run is interrupted. */
  effect: Effect
}

/** A program that exited by itself. */
export interface Ended {
  exitCode: number
  output: string
}

/**
 * Runs a program without a shell, in its own process group, and waits until it exits. Kills the whole group if the call
 * aborts, the time limit passes, or the output grows too large. Processes that an exited program left running are left
 * alone. Standard error is discarded, since it may contain anything.
 * @throws ProviderError `invalid` if the program cannot be started, `unavailable` if it did not exit by itself.
 */
export async function runCommand(command: Command, call: Call): Promise<Ended> {
  if (call.signal.aborted)
    throw toError(command, { code: 'unavailable', what: 'was stopped before it started', began: false })
  call.beforeSend()
  return await waitForEnd(command, start(command), call.signal)
}

function start(command: Command): ChildProcess {
  const [program = '', ...args] = command.words
  try {
    return spawn(program, args, {
      cwd: command.folder,
      env: { ...command.environment },
      detached: true,
      shell: false,
      stdio: [command.input ? 'pipe' : 'ignore', command.reads ? 'pipe' : 'ignore', 'ignore'],
    })
  } catch (error) {
    throw toStartError(command, error)
  }
}

function waitForEnd(command: Command, child: ChildProcess, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stopWatching = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    const fail = (error: ProviderError) => {
      stopWatching()
      child.stdout?.destroy()
      reject(error)
    }
    const kill = (what: string) => {
      killGroup(child)
      fail(toError(command, { code: 'unavailable', what, began: true }))
    }
    const abort = () => kill('was stopped before it exited')
    const timer = setTimeout(() => kill(`timed out after ${command.limitMs} ms`), command.limitMs)
    signal.addEventListener('abort', abort, { once: true })
    child.on('error', (error) => fail(toStartError(command, error)))
    // A program that does not read its input closes the pipe; what it answers counts all the same.
    child.stdin?.on('error', () => child.stdin?.destroy())
    child.stdin?.end(command.input?.expose())
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      const { maxOutputBytes = defaultMaxOutputBytes } = command
      if (size > maxOutputBytes) kill(`printed more than ${maxOutputBytes} bytes`)
      else chunks.push(chunk)
    })
    child.on('exit', async (exitCode, killedBy) => {
      stopWatching()
      if (exitCode === null) {
        const what = `was killed by ${killedBy ?? 'a signal'}`
        return fail(toError(command, { code: 'unavailable', what, began: true }))
      }
      await drain(child)
      child.stdout?.destroy()
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

/** Resolves when the output has ended, or after `drainMs`. */
function drain(child: ChildProcess): Promise<void> {
  const { stdout } = child
  if (!stdout || stdout.closed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, drainMs)
    stdout.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (readCode(error) !== 'ESRCH') throw error
  }
}

/** Only what a change of the config can fix is `invalid`; a machine that is out of processes is not. */
function toStartError(command: Command, error: unknown): ProviderError {
  const reason = readCode(error)
  const isMistake = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'E2BIG', 'EPERM'].includes(reason)
  return toError(command, {
    code: isMistake ? 'invalid' : 'unavailable',
    what: `cannot be started (${reason})`,
    began: false,
  })
}

function toError(
  command: Command,
  about: { code: 'invalid' | 'unavailable'; what: string; began: boolean },
): ProviderError {
  return new ProviderError({
    code: about.code,
    provider: command.provider,
    message: `the ${command.verb} command ${about.what}`,
    effect: about.began ? command.effect : 'none',
    nextStep:
      'Run the command by hand, as the user that runs Keyrota and with the same environment variables.',
  })
}

function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
}

/** Returns the variables a program gets: a few that every program needs, and those that the options name. */
export function pickEnvironment(names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of [...environmentNames, ...names]) {
    const value = process.env[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}
