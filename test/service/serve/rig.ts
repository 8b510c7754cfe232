/* One or several processes that serve the keys of a rig, on its virtual clock. */
import type { KeyConfig } from '../../../src/contracts/config.ts'
import type { Context } from '../../../src/service/context.ts'
import { prepareServe } from '../../../src/service/serve/serve.ts'
import type { Reloaded, ServeEnd, ServeListener, Serving } from '../../../src/service/serve/source.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export interface ServingProcess {
  serving: Serving
  context: Context
  /** Calls by name, of the journal and of the providers. */
  calls: Record<string, number>
  said: string[]
  failed: { key: string; error: unknown }[]
  /** What the next reload comes to; by default nothing has changed. */
  nextReload: (() => Reloaded) | null
  stop(): void
  ended: Promise<ServeEnd>
  /** Wakes the process as a changed file would. */
  changeConfig(): void
}

/** Starts a process that serves; it goes on until `stop`, or until the clock has passed `forMs`. */
export function startServing(
  rig: Rig,
  about: {
    keys?: Map<string, KeyConfig>
    limits?: Partial<Context['limits']>
    holder?: string
    graceMs?: number
    listener?: ServeListener
    context?: Partial<Context>
    /** Stands before each call; `stop` ends the process as SIGTERM does. */
    around?: (call: string, stop: () => void) => void | Promise<void>
  } = {},
): ServingProcess {
  const calls: Record<string, number> = {}
  const stopping = new AbortController()
  const plain = rig.process(async (call, run) => {
    calls[call] = (calls[call] ?? 0) + 1
    await about.around?.(call, () => stopping.abort())
    return run()
  })
  const context: Context = {
    ...plain,
    ...(about.keys ? { keys: about.keys } : {}),
    limits: { atOnce: 4, perRun: 1_000, perDay: 1_000, ...about.limits },
    holder: about.holder ?? 'one',
    stop: stopping.signal,
    ...about.context,
  }
  let changed = () => {}
  const process: ServingProcess = {
    context,
    calls,
    said: [],
    failed: [],
    nextReload: null,
    stop: () => stopping.abort(),
    changeConfig: () => changed(),
  } as unknown as ServingProcess
  const source = {
    get context() {
      return process.context
    },
    reload: async () => {
      const reload = process.nextReload
      process.nextReload = null
      return reload?.() ?? ({ is: 'same' } as const)
    },
    watchConfig: async (tell: () => void, signal: AbortSignal) => {
      changed = tell
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  process.serving = prepareServe(source, {
    graceMs: about.graceMs ?? 25_000,
    listener: {
      ...about.listener,
      say: (line) => void process.said.push(line),
      failed: (key, error) => void process.failed.push({ key, error }),
    },
  })
  process.ended = process.serving.work()
  return process
}

/** Lets time go by for those who serve: all of it that they sleep through. */
export function goBy(rig: Rig, ms: number): Promise<void> {
  return rig.clock.sleep(ms)
}

/** A rig whose one key is adopted, young, and looked at every six hours. */
export function makeServedRig(setup: Setup = {}): Rig {
  return makeRig({ lookEveryMs: 6 * HOUR_MS, ...setup })
}

/** Keys of a rig that each have a value of their own. */
export function makeKeys(rig: Rig, count: number, more: Partial<KeyConfig> = {}): Map<string, KeyConfig> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const name = `key-${index}`
      const old = rig.space.addKey({ name: `first-${name}` })
      rig.secrets.addSecret(name, { KEY: old.material.value?.expose() ?? '' })
      const targets = [{ id: `store/${name}#KEY`, store: 'store', secret: name, fields: { value: 'KEY' } }]
      // Of the same issuer few, since each rotation reads the targets of all of them.
      const issuer = `issuer-${Math.floor(index / 5)}`
      return [name, { ...rig.key, name, issuer, targets, ...more }] as const
    }),
  )
}
