/** The calendars of a config that may change while the process runs, and so may their files. */
import { isDeepStrictEqual } from 'node:util'
import type { Memory } from '../calendars/calendars.ts'
import type { ReadCalendar } from '../calendars/ranges.ts'
import { watchConfigFile } from '../config/watch-file.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Config, KeyConfig } from '../contracts/config.ts'

type Keys = ReadonlyMap<string, KeyConfig>
type Close = (keys: Keys) => Keys

export class LiveCalendars {
  readonly #clock: Clock
  #close: Close = (keys) => keys
  #read: ReadonlyMap<string, ReadCalendar> = new Map()
  #files: readonly string[] = []
  readonly #memory: Memory = new Map()
  /** Ends the watch of files that are no longer those of the config. */
  #stale = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Reads all calendars of this config. Throws nothing: what cannot be read holds its keys, and they say why. */
  async take({ calendars = {} }: Config): Promise<void> {
    const files = Object.values(calendars).flatMap(({ file }) => file ?? [])
    if (files.join('\n') !== this.#files.join('\n')) {
      this.#files = files
      this.#stale.abort()
      this.#stale = new AbortController()
    }
    if (Object.keys(calendars).length === 0) {
      this.#read = new Map()
      this.#close = (keys) => keys
      return
    }
    // The library for dates is loaded where somebody has dates.
    const { makeCloser, readCalendars } = await import('../calendars/calendars.ts')
    const read = await readCalendars(calendars, this.#clock, this.#memory)
    // What has not changed stays the same object, so that thousands of keys are compared at once.
    if (isDeepStrictEqual(read, this.#read)) return
    this.#read = read
    this.#close = makeCloser(read)
  }

  /** What was read last, by name. */
  get read(): ReadonlyMap<string, ReadCalendar> {
    return this.#read
  }

  /** The same keys with the times in which they do not start by themselves, as they were read last. */
  close(keys: Keys): Keys {
    return this.#close(keys)
  }

  /** Watches the files of the calendars beside the file of the config. */
  async watchBeside(
    watchFile: (signal: AbortSignal) => Promise<void>,
    changed: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const ended = new AbortController()
    const both = AbortSignal.any([signal, ended.signal])
    try {
      await Promise.race([watchFile(both), this.#watchFiles(changed, both)])
    } finally {
      ended.abort()
    }
  }

  async #watchFiles(changed: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const until = AbortSignal.any([signal, this.#stale.signal])
      await Promise.all(this.#files.map((path) => this.#watchOne(path, changed, until)))
      await untilAborted(until)
    }
  }

  /** A file in a folder that is missing is no reason not to watch the config; it is read again now and then anyway. */
  async #watchOne(path: string, changed: () => void, until: AbortSignal): Promise<void> {
    try {
      await watchConfigFile({ path, clock: this.#clock }, changed, until)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
    }
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
