import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readCalendars } from '../../src/calendars/calendars.ts'
import { LiveCalendars } from '../../src/compose/live-calendars.ts'
import type { Config, KeyConfig } from '../../src/contracts/config.ts'
import { machine } from '../../src/machine.ts'
import { event, wrap } from './files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrota-calendars-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const clock = { wallMs: () => Date.UTC(2026, 10, 27), monotonicMs: () => 0 }

function configOf(file: string): Config {
  return { calendars: { freeze: { timeZone: 'UTC', dates: [], file } } } as unknown as Config
}

const keys = new Map([['video', { name: 'video', blackouts: ['freeze'] } as unknown as KeyConfig]])
const days = (from: string, to: string) =>
  wrap(event([`DTSTART;VALUE=DATE:${from}`, `DTEND;VALUE=DATE:${to}`]))

it('takes a file as it is now, and keeps what has not changed as the same object', async () => {
  const file = join(folder, 'freeze.ics')
  await writeFile(file, days('20261220', '20270107'))
  const calendars = new LiveCalendars(machine.clock)
  await calendars.take(configOf(file))
  const first = calendars.close(keys).get('video')?.closures
  expect(first).toMatchObject([{ from: Date.UTC(2026, 11, 20), to: Date.UTC(2027, 0, 7) }])
  await calendars.take(configOf(file))
  expect(calendars.close(keys).get('video')?.closures).toBe(first)
  await writeFile(file, days('20261221', '20270107'))
  await calendars.take(configOf(file))
  expect(calendars.close(keys).get('video')?.closures).toMatchObject([{ from: Date.UTC(2026, 11, 21) }])
  await calendars.take({} as Config)
  expect(calendars.close(keys).get('video')).not.toHaveProperty('closures')
})

it('notices a file that is replaced, beside that of the config', async () => {
  const file = join(folder, 'freeze.ics')
  await writeFile(file, days('20261220', '20270107'))
  const calendars = new LiveCalendars(machine.clock)
  await calendars.take(configOf(file))
  const ended = new AbortController()
  const changed = new Promise<void>((resolve) => {
    const watchFile = (signal: AbortSignal) =>
      new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }))
    void calendars.watchBeside(watchFile, resolve, ended.signal)
  })
  // The watch begins with a look at the file: what changes afterwards is noticed.
  await machine.clock.sleep(200)
  await writeFile(`${file}.new`, days('20261221', '20270107'))
  await rename(`${file}.new`, file)
  await changed
  ended.abort()
})

it('that is missing in a folder that is missing ends no watch of the config', async () => {
  const calendars = new LiveCalendars(machine.clock)
  await calendars.take(configOf(join(folder, 'nowhere', 'freeze.ics')))
  const ended = new AbortController()
  let isOver = false
  const watchFile = (signal: AbortSignal) =>
    new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }))
  const watching = calendars
    .watchBeside(watchFile, () => undefined, ended.signal)
    .then(() => {
      isOver = true
    })
  await machine.clock.sleep(100)
  expect(isOver).toBe(false)
  ended.abort()
  await watching
})

it.each([
  ['a folder', async () => folder, /is not a file|EISDIR/],
  ['a file that is missing', async () => join(folder, 'nowhere.ics'), /cannot be read \(ENOENT\)/],
  [
    'a file that is huge',
    async () => {
      const file = join(folder, 'huge.ics')
      await writeFile(file, Buffer.alloc(5 * 1024 * 1024, 'x'))
      return file
    },
    /more than 4194304 bytes/,
  ],
  ['a device without an end', async () => '/dev/zero', /it is not a file/],
])('holds its keys for %s', async (_name, make, expected) => {
  const file = await make()
  const read = await readCalendars({ freeze: { timeZone: 'UTC', dates: [], file } }, clock)
  expect(read.get('freeze')?.trouble).toMatch(expected)
})

it('holds its keys after the last day that it is valid on', async () => {
  const read = await readCalendars(
    { freeze: { timeZone: 'Europe/Berlin', dates: [], validUntil: '2026-12-31', file: await written() } },
    clock,
  )
  expect(read.get('freeze')?.ranges).toContainEqual({
    from: Date.UTC(2026, 11, 31, 23),
    to: Number.POSITIVE_INFINITY,
    title: 'it is valid until 2026-12-31 only',
  })
})

async function written(): Promise<string> {
  const file = join(folder, 'freeze.ics')
  await writeFile(file, days('20261220', '20261224'))
  return file
}
