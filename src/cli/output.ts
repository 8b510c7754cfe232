/* How commands print: results on stdout, everything else on stderr. */

import { stripVTControlCharacters, styleText } from 'node:util'
import { columnsOf, wrapLine } from './fit.ts'
import { formatDocument } from './json-document.ts'
import { addConfig, addKubectl } from './own-commands.ts'

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

/** What applies to everything that one command prints. */
interface Manner {
  /** From `--config`: every command that is printed gets it too. */
  config: string | undefined
  /** How `kubectl keyrota` was called, if it was: commands that are printed go through it too. */
  through: string | undefined
  /** Called before anything is printed, so that a live line can make room. */
  before: Set<() => void>
  /** Takes what would be lines on stderr. */
  log: NoteLog | null
}

/** The log in the place of lines on stderr. */
export interface NoteLog {
  line(level: 'info' | 'error', msg: string, fields?: { code?: string; next?: string }): void
}

const manner: Manner = { config: undefined, through: undefined, before: new Set(), log: null }

/** Prints commands with this config from now on. */
export function printCommandsWith(config: string | undefined): void {
  manner.config = config
}

/** Prints commands as those of `kubectl keyrota` from now on; `through` is how it was called, with its own options. */
export function printCommandsThrough(through: string): void {
  manner.through = through
}

/** Has notes and errors logged from now on; null: printed. */
export function logNotesTo(log: NoteLog | null): void {
  manner.log = log
}

/** Calls this before anything is printed. @returns how to end that. */
export function onPrint(act: () => void): () => void {
  manner.before.add(act)
  return () => void manner.before.delete(act)
}

/** Colours text on a terminal; piped output stays plain. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** Prints the result of a command on stdout: one JSON document, or lines for people. */
export function printResult(json: boolean, document: unknown, lines: () => readonly string[]): void {
  if (json) write(process.stdout, formatDocument(document, complete))
  else write(process.stdout, wrap(lines(), process.stdout))
}

/** Prints one event of several on stdout: a document in one line. */
export function printEvent(event: { readonly event: string }): void {
  write(process.stdout, formatDocument(event, complete, 0))
}

/** Prints progress, prompts and errors on stderr. */
export function printNote(line: string): void {
  if (manner.log) manner.log.line('info', stripVTControlCharacters(complete(line)))
  else write(process.stderr, wrap([line], process.stderr))
}

/** Prints an error and what to do about it on stderr, or logs it as one. */
export function printFailure({ kind, message, nextStep }: Failed): void {
  if (manner.log) {
    manner.log.line('error', message, { code: kind, next: complete(nextStep) })
    return
  }
  printNote(paint('red', message, process.stderr))
  printNote(nextStep)
}

interface Failed {
  kind: string
  message: string
  nextStep: string
}

/** Commands in the text as they have to be typed here. */
export function completeCommands(text: string): string {
  return complete(text)
}

function complete(text: string): string {
  const { config, through } = manner
  return through === undefined ? addConfig(text, config) : addKubectl(text, { through, config })
}

function wrap(lines: readonly string[], stream: NodeJS.WriteStream): string {
  const columns = columnsOf(stream)
  const each = lines.flatMap((line) => complete(line).split('\n'))
  return each.flatMap((line) => wrapLine(line, columns)).join('\n')
}

function write(stream: NodeJS.WriteStream, text: string): void {
  for (const act of manner.before) act()
  if (text !== '') stream.write(`${text}\n`)
}

/** `2026-11-22 14:03:05Z`. */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** A distance from now in the largest unit that fits: `in 3d`, `5m ago`. */
export function formatDistance(ms: number): string {
  const size = Math.abs(ms)
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, unitMs] = units.find(([, each]) => size >= each) ?? ['s', 1_000]
  const text = `${Math.round(size / unitMs)}${unit}`
  return ms >= 0 ? `in ${text}` : `${text} ago`
}
