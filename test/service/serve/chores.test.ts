/* Chores in a process that serves: their moments, what rings them, and one that fails, is slow or never ends. */
import { expect, test } from 'vitest'
import type { Chore } from '../../../src/service/chores.ts'
import { Chores } from '../../../src/service/serve/chores.ts'
import { VirtualClock } from '../../shared/virtual-clock.ts'

/** `serve` looks at the clock at least so often. */
const PIECE_MS = 60_000

interface Desk {
  chores: Chores
  clock: VirtualClock
  failures: [string, unknown][]
  /** Takes up what is due and sleeps until the next moment, as `serve` does, for so long. */
  serve(ms: number): Promise<void>
}

function makeDesk(all: readonly Chore[]): Desk {
  const clock = new VirtualClock()
  const failures: [string, unknown][] = []
  let wake = () => {}
  const chores = new Chores({
    chores: all,
    clock,
    context: () => ({ stop: new AbortController().signal }) as never,
    failed: (name, error) => void failures.push([name, error]),
    ended: () => wake(),
  })
  return {
    chores,
    clock,
    failures,
    async serve(ms) {
      const until = clock.monotonicMs() + ms
      while (clock.monotonicMs() < until) {
        chores.takeUp()
        const woken = new AbortController()
        wake = () => woken.abort()
        await clock.sleep(Math.min(PIECE_MS, chores.nextInMs(), until - clock.monotonicMs()), woken.signal)
      }
    },
  }
}

/** Notes when it is called. */
function makeChore(
  desk: () => Desk,
  about: Partial<Chore> & { next?: (now: number) => number | null; takesMs?: number },
) {
  const calls: number[] = []
  const chore: Chore = {
    name: 'chore',
    ...about,
    async work() {
      calls.push(desk().clock.monotonicMs())
      await desk().clock.sleep(about.takesMs ?? 0)
      return about.next?.(desk().clock.wallMs()) ?? null
    },
  }
  return { chore, calls }
}

test('a chore is called once at the start, then at its moments, or not at all', async () => {
  const hourly = makeChore(() => desk, { next: (now) => now + 3_600_000 })
  const once = makeChore(() => desk, {})
  const desk = makeDesk([hourly.chore, once.chore])
  await desk.serve(3 * 3_600_000 + 1_000)
  expect(hourly.calls).toHaveLength(4)
  expect(once.calls).toHaveLength(1)
  expect(desk.chores.nextInMs()).toBeGreaterThan(3_000_000)
})

test('a clock that is set back holds none up, and one that is set ahead makes no loop', async () => {
  const hourly = makeChore(() => desk, { next: (now) => now + 3_600_000 })
  const desk = makeDesk([hourly.chore])
  await desk.serve(60_000)
  desk.clock.jump(-30 * 86_400_000)
  await desk.serve(2 * 3_600_000 + 120_000)
  expect(hourly.calls.length).toBeGreaterThanOrEqual(3)
  desk.clock.jump(60 * 86_400_000)
  await desk.serve(2 * 3_600_000)
  expect(hourly.calls.length).toBeLessThan(9)
})

test('a change of a kind that it looks at calls it, and that of another kind does not', async () => {
  const one = makeChore(() => desk, { kinds: ['message'] })
  const other = makeChore(() => desk, { kinds: ['campaign', 'pause'] })
  const desk = makeDesk([one.chore, other.chore])
  await desk.serve(1_000)
  desk.chores.ring('message')
  await desk.serve(1_000)
  desk.chores.ring('budget')
  await desk.serve(1_000)
  expect([one.calls.length, other.calls.length]).toEqual([2, 1])
  desk.chores.ring(null)
  await desk.serve(1_000)
  expect([one.calls.length, other.calls.length]).toEqual([3, 2])
})

test('one that fails comes again after growing pauses, and stops no other', async () => {
  let isBroken = true
  const calls: number[] = []
  const failing: Chore = {
    name: 'failing',
    kinds: ['message'],
    async work() {
      calls.push(desk.clock.monotonicMs())
      if (isBroken) throw new Error('no')
      return null
    },
  }
  const well = makeChore(() => desk, { next: (now) => now + 10_000 })
  const desk = makeDesk([failing, well.chore])
  await desk.serve(600_000)
  expect(calls.length).toBeGreaterThan(8)
  expect(calls.length).toBeLessThan(20)
  expect(desk.failures).toHaveLength(calls.length)
  expect(well.calls.length).toBeGreaterThan(55)
  // Rung or not, the pause holds.
  const count = calls.length
  for (let rung = 0; rung < 20; rung += 1) {
    desk.chores.ring('message')
    await desk.serve(100)
  }
  expect(calls.length).toBeLessThanOrEqual(count + 1)
  isBroken = false
  await desk.serve(120_000)
  const healed = calls.length
  await desk.serve(600_000)
  expect(calls).toHaveLength(healed)
})

test('one that throws at once, or says no moment, fails like any other', async () => {
  const bad: Chore = { name: 'bad', work: async () => Number.NaN }
  const worse: Chore = {
    name: 'worse',
    work: () => {
      throw new Error('at once')
    },
  }
  const desk = makeDesk([bad, worse])
  await desk.serve(10_000)
  expect(new Set(desk.failures.map(([name]) => name))).toEqual(new Set(['bad', 'worse']))
  expect(desk.failures.length).toBeLessThan(12)
})

test('what rings while it works calls it once more, and never twice at the same time', async () => {
  let [working, most] = [0, 0]
  const calls: number[] = []
  const slow: Chore = {
    name: 'slow',
    kinds: ['message'],
    async work() {
      calls.push(desk.clock.monotonicMs())
      working += 1
      most = Math.max(most, working)
      await desk.clock.sleep(5_000)
      working -= 1
      return null
    },
  }
  const desk = makeDesk([slow])
  const serving = desk.serve(60_000)
  for (let rung = 0; rung < 10; rung += 1) {
    await desk.clock.sleep(300)
    desk.chores.ring('message')
    desk.chores.takeUp()
  }
  await serving
  expect(calls).toHaveLength(2)
  expect(most).toBe(1)
})

test('one that rings itself, or is always due, leaves time for others', async () => {
  const restless = makeChore(() => desk, { next: (now) => now - 1 })
  const echo: Chore = {
    name: 'echo',
    kinds: ['echo'],
    async work() {
      echoed += 1
      await desk.clock.sleep(1)
      desk.chores.ring('echo')
      return null
    },
  }
  let echoed = 0
  const desk = makeDesk([restless.chore, echo])
  await desk.serve(10_000)
  expect(restless.calls.length).toBeLessThan(45)
  expect(echoed).toBeLessThan(45)
})

test('the end waits for what works, and no longer than it may', async () => {
  const quick = makeChore(() => desk, { takesMs: 2_000 })
  const desk = makeDesk([quick.chore])
  desk.chores.takeUp()
  await desk.chores.end(30_000)
  expect(desk.clock.monotonicMs()).toBe(2_000)
  const never: Chore = { name: 'never', work: () => new Promise(() => {}) }
  const stuck = makeDesk([never])
  stuck.chores.takeUp()
  await stuck.chores.end(30_000)
  expect(stuck.clock.monotonicMs()).toBe(30_000)
})

test('a config that is replaced ends whoever works by the former, and calls it by the new one', async () => {
  let calls = 0
  const long: Chore = {
    name: 'long',
    async work({ stop }) {
      calls += 1
      await desk.clock.sleep(3_600_000, stop)
      await desk.clock.sleep(2_000)
      return null
    },
  }
  const desk = makeDesk([long])
  await desk.serve(1_000)
  let isOver = false
  const renewed = desk.chores.renew().then(() => {
    isOver = true
  })
  await desk.serve(1_000)
  expect([calls, isOver]).toEqual([1, false])
  await desk.serve(3_000)
  await renewed
  expect(calls).toBe(2)
})
