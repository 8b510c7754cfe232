import { expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

test('those who sleep wake in the order of their moments, at once, at exactly their time', async () => {
  const clock = new VirtualClock(1_000)
  const woken: string[] = []
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name} ${clock.wallMs()} ${clock.monotonicMs()}`)
  }
  await Promise.all([sleep('last', 86_400_000), sleep('first', 5), sleep('second', 5), sleep('now', 0)])
  expect(woken).toEqual(['now 1000 0', 'first 1005 5', 'second 1005 5', 'last 86401000 86400000'])
})

test('time goes on only when everything that can settle has settled', async () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  clock.after(10, () => seen.push(-1))
  for (let step = 0; step < 1_000; step += 1) await Promise.resolve()
  seen.push(clock.monotonicMs())
  await clock.sleep(20)
  expect(seen).toEqual([0, -1])
})

test('a sleep ends when its signal aborts, and what was cancelled never runs', async () => {
  const clock = new VirtualClock()
  const stop = new AbortController()
  clock.after(10, () => stop.abort())
  const cancel = clock.after(15, () => expect.unreachable())
  await clock.sleep(60_000, stop.signal)
  expect(clock.monotonicMs()).toBe(10)
  cancel()
  await clock.sleep(60_000, stop.signal)
  expect(clock.monotonicMs()).toBe(10)
  await clock.sleep(10)
})

test('what is repeated moves no time by itself, and beats while somebody sleeps', async () => {
  const clock = new VirtualClock()
  let beats = 0
  const end = clock.every(10, () => {
    beats += 1
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect([beats, clock.monotonicMs()]).toEqual([0, 0])
  await clock.sleep(35)
  expect(beats).toBe(3)
  end()
  await clock.sleep(35)
  expect(beats).toBe(3)
})

test('a jump moves the wall alone; time that passes at once moves both, and what was due happens late', async () => {
  const clock = new VirtualClock(0)
  clock.jump(-500)
  expect([clock.wallMs(), clock.monotonicMs()]).toEqual([-500, 0])
  const late: number[] = []
  clock.after(10, () => late.push(clock.monotonicMs()))
  clock.pass(1_000)
  await clock.sleep(1)
  expect(late).toEqual([1_000])
})
