import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { application } from '../../../../src/compose.ts'
import type { TrailEntry } from '../../../../src/contracts/journal.ts'
import { type Attended, attend, type Purpose } from '../../../../src/engine/attend.ts'
import type { Context } from '../../../../src/service/context.ts'
import { FIELD, type Installation, KEY, makeInstallation, valueIn } from '../../../cli/installation.ts'
import { type FaultProxy, startFaultProxy } from '../../network/fault-proxy.ts'
import { type Canary, makeCanary } from './canary.ts'
import type { Product } from './product.ts'
import { type RigWorker, startRigWorker } from './worker.ts'

/** Times short enough for a test and long enough for a product on a busy machine. */
const paced = {
  overlap: '250ms',
  confirmations: 2,
  callLimit: '2s',
  lease: '10s',
  readyLimit: '10s',
  giveUp: '60s',
  retryMin: '50ms',
  retryMax: '400ms',
} as const

/** A command may wait until a product has stopped accepting a key. */
const COMMAND_LIMIT_MS = 200_000

/** One installation whose key is a real product's, in an env file that a worker reads, behind a fault proxy. */
export interface ProductRig {
  readonly context: Context
  /** Between Keyrota and the product; the worker and the product's own side go past it. */
  readonly proxy: FaultProxy
  readonly worker: RigWorker
  readonly oldKey: string
  readonly canary: Canary
  /** What the env file holds of the key now. */
  heldKey(): string
  fileText(): string
  /** Starts a rotation, unless one runs, and drives it. */
  rotate(): Promise<Attended>
  /** Drives the rotation that runs, after a change such as a person's confirmation. */
  goOn(change?: Purpose['change']): Promise<Attended>
  trail(): Promise<TrailEntry[]>
  /** Runs a command line on the same installation and keeps what it printed for the canary. */
  command(...args: string[]): ReturnType<Installation['run']>
  /** The values of the product that stand where none belongs, and how many values were looked for. */
  search(): { leaks: ReturnType<Canary['search']>; known: number }
  close(): Promise<void>
}

export interface RigOptions {
  /** Parts of the config that differ from the usual ones. */
  defaults?: object
  issuer?: object
  waitMs?: number
}

/** Makes a key by hand, and around it the installation, the worker and the proxy. The product stays the caller's. */
export async function makeProductRig(product: Product, about: RigOptions = {}): Promise<ProductRig> {
  const canary = makeCanary()
  const oldKey = await product.makeKey()
  canary.hide('old key', oldKey)
  for (const [name, value] of Object.entries(product.credentials)) canary.hide(name, value)
  const proxy = await startFaultProxy({ upstream: product.origin, onAnswer: canary.hear })
  const worker = await startRigWorker({ field: FIELD, work: product.call })
  const installation = makeInstallation({
    installation: randomBytes(2).toString('hex'),
    config: {
      issuers: { [product.name]: { ...product.describe(proxy.url), ...about.issuer } },
      consumers: { worker: settingOf(worker) },
      notifiers: { log: { type: 'log' } },
      defaults: { ...paced, ...about.defaults },
    },
    value: oldKey,
    env: product.credentials,
  })
  worker.begin(installation.envFile)
  const { config, env } = installation
  const opened = await application.open({
    config,
    env,
    waitMs: about.waitMs ?? 60_000,
    stop: new AbortController().signal,
  })
  const { context } = opened
  context.providers.tell = canary.keepEvent
  const readText = () => readFileSync(installation.envFile, 'utf8')
  const asked = () => ({ id: `20261127-${context.random(6)}`, reason: 'asked' }) as const
  return {
    context,
    proxy,
    worker,
    oldKey,
    canary,
    heldKey: () => valueIn(readText()),
    fileText: readText,
    rotate: () => attend(context, KEY, { takeOver: true, start: asked }),
    goOn: (change) => attend(context, KEY, { takeOver: true, ...(change ? { change } : {}) }),
    trail: () => context.journal.trail({ key: KEY, limit: 500 }),
    command: async (...args) => {
      const ended = await installation.run(args, { limitMs: COMMAND_LIMIT_MS })
      canary.keep(args.slice(0, 2).join(' '), ended)
      return ended
    },
    search: () => ({ leaks: canary.search(installation), known: canary.known }),
    close: async () => {
      await worker.close()
      await proxy.close()
      await opened.close()
      installation.remove()
    },
  }
}

function settingOf(worker: RigWorker): object {
  return {
    type: 'http',
    url: `${worker.url}/health`,
    failOn: [500],
    fingerprint: { header: 'x-key-fingerprint' },
    restart: { url: `${worker.url}/restart`, expect: [200] },
  }
}
