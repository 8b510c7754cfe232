/* Runs a command on a pseudo-terminal. */

import { spawn } from '@lydell/node-pty'
import { COMPILED, MAIN } from './run-cli.ts'

const PATIENCE_MS = 10_000

/** A command on a terminal of its own, as a person would use it. */
export interface Terminal {
  /** Everything shown so far, without control sequences. */
  screen(): string
  /** The raw output. */
  raw(): string
  /** Resolves once the output since the last match matches. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  type(text: string): void
  /** The exit code. */
  ended: Promise<number>
}

export function openTerminal(
  args: readonly string[],
  about: { cwd: string; env: Readonly<Record<string, string>> },
): Terminal {
  const process_ = spawn(process.execPath, [MAIN, ...args], {
    name: 'xterm-256color',
    cols: 160,
    rows: 50,
    cwd: about.cwd,
    env: { ...COMPILED, ...about.env },
  })
  let raw = ''
  let read = 0
  const listeners = new Set<() => void>()
  process_.onData((text) => {
    raw += text
    for (const listener of listeners) listener()
  })
  const ended = new Promise<number>((resolve) => {
    process_.onExit(({ exitCode }) => {
      resolve(exitCode)
      for (const listener of listeners) listener()
    })
  })
  const screen = () => clean(raw)

  function waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        listeners.delete(look)
      }
      const timer = setTimeout(() => {
        stop()
        process_.kill('SIGKILL')
        reject(new Error(`${pattern} did not come:\n${screen()}`))
      }, PATIENCE_MS)
      const look = () => {
        const found = pattern.exec(screen().slice(read))
        if (!found) return
        stop()
        read += found.index + found[0].length
        resolve(found)
      }
      listeners.add(look)
      look()
    })
  }

  return { screen, raw: () => raw, waitFor, type: (text) => process_.write(text), ended }
}

/** Without the control sequences that move the cursor or paint (ECMA-48), and without carriage returns. */
function clean(raw: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes.
  return raw.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-Z\\-_]|\r/g, '')
}
