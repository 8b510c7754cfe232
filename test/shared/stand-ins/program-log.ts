/** What a stand-in of a program has written down: its runs, a line each, and the environment that it was given. */
import { existsSync, readFileSync } from 'node:fs'

export interface ProgramRun {
  mark: string
  words: string
}

export function readRuns(log: string): ProgramRun[] {
  if (!existsSync(log)) return []
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  return lines.map((line) => ({ mark: line.split(' ')[0] ?? '', words: line.slice(line.indexOf(' ') + 1) }))
}

export function readEnvironment(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n')
  return Object.fromEntries(
    lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  )
}
