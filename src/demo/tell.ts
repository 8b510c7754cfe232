import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { paint } from '../cli/output.ts'
import type { TrailEntry } from '../contracts/journal.ts'
import type { OperatorTask } from '../contracts/key-issuer.ts'

const WIDTH = 110

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** A heading, and what is about to be seen. */
export function sayScene(title: string, lines: readonly string[]): void {
  say()
  say(paint('bold', title))
  for (const line of lines) say(`  ${line}`)
  say()
}

/** The command that a person would have typed. */
export function sayCommand(command: string): void {
  say(`  ${paint('yellow', '$')} ${command}`)
}

/** What a person is asked to do, as `rotate` and `supply` print it on a terminal. */
export function sayTask({ title, url, steps }: OperatorTask): void {
  say(`    ${paint('bold', title)}  ${url}`)
  for (const [index, step] of steps.entries()) say(`      ${index + 1}. ${step}`)
}

/** A timeline as `explain` has it, without the evidence and at most a line long. */
export function sayTimeline(entries: readonly TrailEntry[]): void {
  const start = entries[0]?.at ?? 0
  for (const { at, kind, text } of entries) {
    const seconds = `+${((at - start) / 1000).toFixed(2)}s`
    say(paint('dim', shorten(`    ${seconds.padStart(7)}  ${kind.padEnd(15)} ${text}`)))
  }
}

function shorten(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}

/** Something the demo said was not so. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError'
  readonly lines: readonly string[]

  constructor(text: string, expected: unknown, got: unknown) {
    super(text)
    this.lines = [`not so: ${text}`, `expected ${JSON.stringify(expected)}`, `got ${JSON.stringify(got)}`]
  }
}

/** Says what was seen, after looking that it was. @throws ClaimError when it was not */
export function claim(text: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new ClaimError(text, expected, got)
  say(`  ${paint('green', '✓')} ${text}`)
}

/** The same for a number that may be larger. @throws ClaimError when it is smaller */
export function claimAtLeast(text: string, got: number, least: number): void {
  if (!(got >= least)) throw new ClaimError(text, `at least ${least}`, got)
  say(`  ${paint('green', '✓')} ${text}`)
}

/** How to call this program again from here: by its name, or from a checkout by its file. */
export function sayProgram(): string {
  const program = process.argv[1] ?? ''
  return program.endsWith('.ts') ? `npx node ${relative(process.cwd(), program)}` : 'keyrota'
}
