import { type ChildProcess, spawn } from 'node:child_process'
import type { Call } from '../../../src/contracts/call.ts'
import { type Effect, ProviderError } from '../../../src/contracts/errors.ts'

/** What a ready command may print; the line that counts is short. */
const maxOutputBytes = 64 * 1024

/** How long output is waited for after the program has ended, should a child of its own keep the pipe open. */
const drainMs = 100

export interface Command {
  /** Configured name of the consumer, for errors. */
  provider: string
  /** What is run, for errors: `ready` or `restart`. */
  verb: string
  words: readonly string[]
  folder: string | undefined
  environment: Readonly<Record<string, string>>
  limitMs: number
  /** Whether the output is wanted; without it the program gets no pipe, so that what it leaves running needs none. */
  reads: boolean
  /** What an interrupted run leaves open. */
  effect: Effect
}

export interface Ended {
  exitCode: number
  output: string
}

/**
 * Runs a program without a shell, in a process group of its own, and waits for its end. The whole group is killed when
 * the call aborts, the limit is over or the output grows too large; what a program that ended by itself left running
 * stays. Standard error is thrown away: it may hold anything.
 * @throws ProviderError `invalid` when the program cannot be started, `unavailable` when it did not end by itself.
 */
export async function runCommand(command: Command, call: Call): Promise<Ended> {
  if (call.signal.aborted)
    throw toError(command, { code: 'unavailable', what: 'was stopped before it began', began: false })
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
      stdio: ['ignore', command.reads ? 'pipe' : 'ignore', 'ignore'],
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
    const abort = () => kill('was stopped before its end')
    const timer = setTimeout(() => kill(`did not end within ${command.limitMs} ms`), command.limitMs)
    signal.addEventListener('abort', abort, { once: true })
    child.on('error', (error) => fail(toStartError(command, error)))
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxOutputBytes) kill(`printed more than ${maxOutputBytes} bytes`)
      else chunks.push(chunk)
    })
    child.on('exit', async (exitCode, killedBy) => {
      stopWatching()
      if (exitCode === null) {
        const what = `was ended by ${killedBy ?? 'a signal'}`
        return fail(toError(command, { code: 'unavailable', what, began: true }))
      }
      await drain(child)
      child.stdout?.destroy()
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

/** Resolves when the output has ended, or soon. */
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

/** Only what a person can put right in the config is `invalid`; a machine without processes left is not. */
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
      'Run the command by hand as the user that runs Keyrota, with the same few environment variables.',
  })
}

function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
}
