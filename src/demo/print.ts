import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { paint } from '../cli/output.ts'
import type { TrailEntry } from '../contracts/journal.ts'
import type { OperatorTask } from '../contracts/key-issuer.ts'

const WIDTH = 110

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a heading and what the scene is about to show. */
export function printScene(title: string, lines: readonly string[]): void {
  printLine()
  printLine(paint('bold', title))
  for (const line of lines) printLine(`  ${line}`)
  printLine()
}

/** Prints the command that a person would type. */
export function printCommand(command: string): void {
  printLine(`  ${paint('yellow', '$')} ${command}`)
}

/** Prints what a person is asked to do, as `rotate` and `supply` do on a terminal. */
export function printTask({ title, url, steps }: OperatorTask): void {
  printLine(`    ${paint('bold', title)}  ${url}`)
  for (const [index, step] of steps.entries()) printLine(`      ${index + 1}. ${step}`)
}

/** Prints a timeline as `explain` does, without the evidence and one line per entry. */
export function printTimeline(entries: readonly TrailEntry[]): void {
  const start = entries[0]?.at ?? 0
  for (const { at, kind, text } of entries) {
    const seconds = `+${((at - start) / 1000).toFixed(2)}s`
    printLine(paint('dim', shorten(`    ${seconds.padStart(7)}  ${kind.padEnd(15)} ${text}`)))
  }
}

function shorten(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}

/** Something that the demo claims is not true. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError'
  readonly lines: readonly string[]

  constructor(text: string, expected: unknown, got: unknown) {
    super(text)
    this.lines = [`not true: ${text}`, `expected ${JSON.stringify(expected)}`, `got ${JSON.stringify(got)}`]
  }
}

/** Prints a claim after checking it. @throws ClaimError if it is not true */
export function claim(text: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new ClaimError(text, expected, got)
  printLine(`  ${paint('green', '✓')} ${text}`)
}

/** The same for a number that may be larger. @throws ClaimError if it is smaller */
export function claimAtLeast(text: string, got: number, least: number): void {
  if (!(got >= least)) throw new ClaimError(text, `at least ${least}`, got)
  printLine(`  ${paint('green', '✓')} ${text}`)
}

/** How to run this program from here: by its name, or by its file in a checkout. */
export function nameProgram(): string {
  const program = process.argv[1] ?? ''
  return program.endsWith('.ts') ? `npx node ${relative(process.cwd(), program)}` : 'keyrota'
}
