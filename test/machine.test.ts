import { expect, test } from 'vitest'
import { countSuspended, machine } from '../src/machine.ts'

const { clock, random } = machine

test('a sleep lasts as long as it was asked to, and ends early when its signal aborts', async () => {
  const start = clock.monotonicMs()
  await clock.sleep(20)
  expect(clock.monotonicMs() - start).toBeGreaterThanOrEqual(19)
  const stop = new AbortController()
  clock.after(5, () => stop.abort())
  await clock.sleep(2 ** 40, stop.signal)
  await clock.sleep(2 ** 40, stop.signal)
})

test('a sleep of no length waits for the next turn of the event loop', async () => {
  const order: string[] = []
  const slept = clock.sleep(0).then(() => order.push('slept'))
  await Promise.resolve().then(() => order.push('settled'))
  await slept
  expect(order).toEqual(['settled', 'slept'])
})

test('what was cancelled never runs, and what is repeated runs until it is ended', async () => {
  clock.after(1, () => expect.unreachable())()
  let beats = 0
  await new Promise<void>((resolve) => {
    const end = clock.every(1, () => {
      beats += 1
      if (beats < 3) return
      end()
      resolve()
    })
    // A repeated timer keeps no process alive; this one does.
    clock.after(50, () => {})
  })
  await clock.sleep(10)
  expect(beats).toBe(3)
})

test('random text has its length, lower-case letters and digits, all of them, and never comes twice', () => {
  const texts = Array.from({ length: 200 }, () => random(25))
  expect(new Set(texts).size).toBe(texts.length)
  for (const text of texts) expect(text).toMatch(/^[a-z0-9]{25}$/)
  expect(new Set(texts.join('')).size).toBe(36)
})

test('the time in which the machine was suspended counts, and is never taken back', () => {
  const suspended = countSuspended(1_000, 50_000)
  expect(suspended(2_000, 51_000)).toBe(0)
  expect(suspended(2_000, 51_900)).toBe(0)
  expect(suspended(3_000, 3_652_000)).toBe(3_600_000)
  expect(suspended(4_000, 3_653_000)).toBe(3_600_000)
  expect(suspended(5_000, 60_000)).toBe(3_600_000)
})

test('the steady clocks go on and name this start of the machine, where it shows them', () => {
  const [one, other] = [clock.uptime(), clock.uptime()]
  expect(one?.boot).toBe(other?.boot)
  if (one && other) expect(other.runMs).toBeGreaterThanOrEqual(one.runMs)
  expect(one === null).toBe(process.platform !== 'linux')
})
