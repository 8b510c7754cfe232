/* A wait shows a sign of life: each second on a terminal, every 30 seconds in a pipe. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { formatSpan, LiveLine } from '../../src/cli/live-line.ts'
import { machine } from '../../src/machine.ts'

const START = Date.parse('2026-11-27T12:00:00Z')
const CLEAR = '\r\u001b[2K'

beforeEach(() => void vi.useFakeTimers({ now: START }))
afterEach(() => void vi.useRealTimers())

function open(screen: { isTTY?: boolean; columns?: number }) {
  const written: string[] = []
  const live = new LiveLine({ ...screen, write: (text) => written.push(text) }, machine.clock)
  return { live, written, take: () => written.splice(0).join('') }
}

test('in a pipe it is one whole line every 30 seconds, with what, how long and until when', () => {
  const { live, take } = open({})
  live.set('video', { what: 'the target is down', since: START, until: START + 600_000 })
  expect(take()).toBe('')
  vi.advanceTimersByTime(29_999)
  expect(take()).toBe('')
  vi.advanceTimersByTime(1)
  expect(take()).toBe('video: 30s, until 12:10:00Z: the target is down\n')
  vi.advanceTimersByTime(60_000)
  expect(take().split('\n')).toHaveLength(3)
  live.remove('video')
  vi.advanceTimersByTime(120_000)
  expect(take()).toBe('')
})

test('what is printed in between puts the next one off', () => {
  const { live, take } = open({})
  live.set('video', { what: 'waiting', since: START })
  vi.advanceTimersByTime(20_000)
  live.hide()
  vi.advanceTimersByTime(20_000)
  expect(take()).toBe('')
  vi.advanceTimersByTime(10_000)
  expect(take()).toBe('video: 50s: waiting\n')
})

test('on a terminal it is redrawn in place each second and makes room for other lines', () => {
  const { live, take } = open({ isTTY: true, columns: 80 })
  live.set('video', { what: 'waiting', since: START })
  expect(take()).toContain('video: 0s: waiting')
  vi.advanceTimersByTime(1_000)
  const redrawn = take()
  expect(redrawn.startsWith(CLEAR)).toBe(true)
  expect(redrawn).toContain('video: 1s: waiting')
  live.hide()
  expect(take()).toBe(CLEAR)
  live.hide()
  expect(take()).toBe('')
  vi.advanceTimersByTime(1_000)
  expect(take()).toContain('video: 2s: waiting')
  live.stop()
  expect(take()).toBe(CLEAR)
  vi.advanceTimersByTime(5_000)
  expect(take()).toBe('')
})

test('it never wraps, and shows the key that ends first with the number of others', () => {
  const { live, written } = open({ isTTY: true, columns: 40 })
  live.set('audio', { what: 'x'.repeat(200), since: START, until: START + 9_000 })
  live.set('video', { what: 'y'.repeat(200), since: START, until: START + 5_000 })
  const last = written.at(-1) ?? ''
  expect(last.slice(CLEAR.length).length).toBeLessThanOrEqual(40)
  expect(last).toContain('(+1) video: 0s')
})

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [125_000, '2m 05s'],
  [3_720_000, '1h 02m'],
  [-5, '0s'],
])('%i ms is %s', (ms, text) => expect(formatSpan(ms)).toBe(text))
