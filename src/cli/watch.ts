/* Shows something again and again: in place on a terminal, at each change in a pipe. */

import type { Clock } from '../contracts/clock.ts'
import { printResult } from './output.ts'

/** Cursor to the top left, and everything below it cleared. */
const CLEAR_SCREEN = '\u001b[H\u001b[2J'

export async function watch(
  read: () => Promise<readonly string[]>,
  { pauseMs, clock, stop }: { pauseMs: number; clock: Clock; stop: AbortSignal },
): Promise<void> {
  let before = ''
  while (!stop.aborted) {
    const lines = await read()
    const text = lines.join('\n')
    if (process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN)
    if (process.stdout.isTTY || text !== before) printResult(false, null, () => lines)
    before = text
    await clock.sleep(pauseMs, stop)
  }
}
