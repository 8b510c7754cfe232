/* One line that says what a command is doing: redrawn on a terminal, repeated now and then in a pipe. */

import width from 'fast-string-width'
import { wrapAnsi } from 'fast-wrap-ansi'
import type { Clock } from '../contracts/clock.ts'
import { formatInstant, paint } from './output.ts'

/** A terminal shows seconds pass; a log that says nothing for this long looks stuck. */
const REDRAW_MS = 1_000
const REPEAT_MS = 30_000
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const CLEAR_LINE = '\r\u001b[2K'

/** What happens to one key now. */
export interface Activity {
  what: string
  /** When it began, in milliseconds. */
  since: number
  /** When it ends at the latest, if that is known. */
  until?: number | undefined
}

/** Where the line is drawn; `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export class LiveLine {
  readonly #screen: Screen
  readonly #clock: Pick<Clock, 'wallMs' | 'every'>
  readonly #activities = new Map<string, Activity>()
  #endTicks: (() => void) | undefined
  #isDrawn = false
  #frame = 0

  constructor(screen: Screen, clock: Pick<Clock, 'wallMs' | 'every'>) {
    this.#screen = screen
    this.#clock = clock
  }

  /** Shows this for the key from now on. */
  set(key: string, activity: Activity): void {
    this.#activities.set(key, activity)
    if (!this.#endTicks) this.#startTicks()
    if (this.#screen.isTTY) this.#draw()
  }

  remove(key: string): void {
    this.#activities.delete(key)
    this.hide()
    if (this.#activities.size === 0) this.stop()
  }

  /** Something else is about to be printed: the line makes room and comes back with the next tick. */
  hide(): void {
    if (this.#isDrawn) this.#screen.write(CLEAR_LINE)
    this.#isDrawn = false
    // What was just printed is a sign of life: a pipe hears the next one a whole pause later.
    if (!this.#screen.isTTY && this.#endTicks) this.#startTicks()
  }

  stop(): void {
    this.hide()
    this.#endTicks?.()
    this.#endTicks = undefined
    this.#activities.clear()
  }

  /** Also begins the pause anew. */
  #startTicks(): void {
    this.#endTicks?.()
    this.#endTicks = this.#clock.every(this.#screen.isTTY ? REDRAW_MS : REPEAT_MS, () => this.#tick())
  }

  #tick(): void {
    if (this.#screen.isTTY) this.#draw()
    else
      for (const [key, activity] of this.#activities) this.#screen.write(`${this.#describe(key, activity)}\n`)
  }

  /** The activity that ends first; the others are counted. */
  #draw(): void {
    const [first] = [...this.#activities].sort(([, a], [, b]) => (a.until ?? 0) - (b.until ?? 0))
    if (!first) return
    const others = this.#activities.size - 1
    const frame = FRAMES[this.#frame++ % FRAMES.length] ?? ''
    const text = `${frame} ${others > 0 ? `(+${others}) ` : ''}${this.#describe(...first)}`
    this.#screen.write(
      `${CLEAR_LINE}${paint('dim', shorten(text, (this.#screen.columns ?? 80) - 1), process.stderr)}`,
    )
    this.#isDrawn = true
  }

  #describe(key: string, { what, since, until }: Activity): string {
    const nowMs = this.#clock.wallMs()
    const left = until === undefined ? '' : `, until ${formatInstant(until).slice(11)}`
    return `${key}: ${formatSpan(nowMs - since)}${left}: ${what}`
  }
}

function shorten(text: string, columns: number): string {
  if (width(text) <= columns) return text
  return `${wrapAnsi(text, columns - 1, { hard: true, wordWrap: false }).split('\n')[0] ?? ''}…`
}

/** `5s`, `2m 05s`, `3h 02m`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const two = (count: number) => String(count).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3_600)}h ${two(Math.floor(seconds / 60) % 60)}m`
}
