import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Opened } from '../../../../src/cli/application.ts'
import { application } from '../../../../src/compose.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { fingerprintPart } from '../../../../src/contracts/fingerprint.ts'
import type { KeyRecord } from '../../../../src/contracts/record.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'
import type { Watcher } from '../../../../src/engine/context.ts'
import { type Sandbox, startSandbox } from '../../../../src/sandbox/gateway.ts'
import type { Context } from '../../../../src/service/context.ts'
import { resume } from '../../../../src/service/resume.ts'
import { run } from '../../../../src/service/run.ts'
import { type FaultProxy, startFaultProxy } from '../../network/fault-proxy.ts'
import { describeConfig, FIELD, KEY, SECOND_FIELD, SECOND_KEY } from './config.ts'
import { type Fleet, startFleet } from './fleet.ts'
import {
  type Fields,
  type FiveServers,
  type Principal,
  type Side,
  type StoreName,
  storeNames,
} from './servers.ts'

/** One of the five targets. */
export interface FiveTarget {
  readonly store: StoreName
  readonly side: Side
  /** Between Keyrota and this server; the fleet and the rig itself go past it. */
  readonly proxy: FaultProxy
  readonly secret: string
  /** As records and screens name it. */
  readonly id: string
}

export interface FiveRig {
  readonly config: string
  readonly targets: readonly FiveTarget[]
  readonly gateway: Sandbox
  /** Between Keyrota and the gateway. */
  readonly gatewayProxy: FaultProxy
  /** Between Keyrota and the fleet. */
  readonly fleetProxy: FaultProxy
  readonly fleet: Fleet
  /** Fingerprint of the key that every target held at the start. */
  readonly oldKey: string
  target(store: StoreName): FiveTarget
  /** From now on these stores sign in so; the others, and all without one, as the administrator. */
  actAs(principals: Partial<Record<StoreName, Principal>>): Promise<void>
  /** Another process of Keyrota, as far as can be seen from outside: with its own providers and journal object. */
  open(options?: { waitMs?: number; watch?: Watcher }): Promise<Opened>
  /** Opens a process, does this, and closes it. */
  using<T>(work: (opened: Opened) => Promise<T>, options?: { waitMs?: number; watch?: Watcher }): Promise<T>
  record(): Promise<KeyRecord>
  /** The distinct fingerprints of the values of a field; by default, of the first key. */
  held(field?: string): Promise<string[]>
  fields(store: StoreName): Promise<Fields>
  /** Fingerprints of the keys that live at the gateway. */
  live(): string[]
  close(): Promise<void>
}

export interface FiveOptions {
  /** Additions to the `defaults` of these tests' config, or replacements. */
  defaults?: object
  fleetPauseMs?: number
  /** A second key in other fields of the same secrets. */
  secondKey?: boolean
  /** Only these targets. */
  stores?: readonly StoreName[]
}

export const SIBLING = 'stays "to the byte" – ключ\n'

/** One managed key in five secrets on five servers, adopted by Keyrota, with a fleet that works with it all the time. */
export async function makeFiveRig(servers: FiveServers, options: FiveOptions = {}): Promise<FiveRig> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-five-'))
  const keys = options.secondKey ? [KEY, SECOND_KEY] : [KEY]
  const gateway = await startSandbox({ keys: [{ name: 'first' }, { name: 'second' }] })
  const [first, second] = gateway.keys.map((made) => made.key) as [string, string]
  if (!options.secondKey) gateway.revokeKey(gateway.keys[1]?.id ?? '')
  const gatewayProxy = await startFaultProxy({ upstream: gateway.url })
  const targets = await Promise.all(
    (options.stores ?? storeNames).map(async (store): Promise<FiveTarget> => {
      const side = servers.sides[store]
      const fields = { SIBLING, [FIELD]: first, ...(options.secondKey ? { [SECOND_FIELD]: second } : {}) }
      const secret = await side.newSecret(fields)
      return { store, side, secret, proxy: await side.startProxy(), id: `${store}/${secret}#${FIELD}` }
    }),
  )
  const readKeys = () =>
    Promise.all(targets.map(async ({ side, secret }) => (await side.readFields(secret))[FIELD] ?? ''))
  const fleet = await startFleet({ readKeys, gateway: gateway.url, pauseMs: options.fleetPauseMs ?? 15 })
  const fleetProxy = await startFaultProxy({ upstream: fleet.url })
  const tokenFile = join(folder, 'management-token')
  writeFileSync(tokenFile, gateway.managementToken, { mode: 0o600 })
  const config = join(folder, 'keyrota.yaml')
  const actAs: FiveRig['actAs'] = async (principals) => {
    const stores = await Promise.all(
      targets.map(async ({ store, side, proxy }) => [
        store,
        await side.options(proxy.url, principals[store]),
      ]),
    )
    writeFileSync(
      config,
      describeConfig({
        stores: Object.fromEntries(stores),
        gateway: gatewayProxy.url,
        tokenFile,
        fleet: fleetProxy.url,
        secrets: targets,
        keys,
        defaults: options.defaults ?? {},
      }),
    )
  }
  await actAs({})

  const open: FiveRig['open'] = ({ waitMs = 60_000, watch } = {}) =>
    application.open({ config, waitMs, stop: new AbortController().signal, ...(watch ? { watch } : {}) })
  const using: FiveRig['using'] = async (work, about) => {
    const opened = await open(about)
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }
  const target = (store: StoreName) => targets.find((one) => one.store === store) as FiveTarget
  const fields = (store: StoreName) => target(store).side.readFields(target(store).secret)
  const rig: FiveRig = {
    ...{ config, targets, gateway, gatewayProxy, fleetProxy, fleet, target, actAs, open, using, fields },
    oldKey: fingerprintPart(new SecretValue(first)),
    record: () =>
      using(async ({ context }) => {
        const { record } = await context.journal.load(KEY)
        return record ?? Promise.reject(new Error('the journal has no record'))
      }),
    held: async (field = FIELD) => {
      const all = await Promise.all(targets.map(({ side, secret }) => side.readFields(secret)))
      return [...new Set(all.map((one) => fingerprintPart(new SecretValue(one[field] ?? ''))))]
    },
    live: () =>
      gateway
        .listKeys()
        .filter(({ state }) => state === 'active')
        .map(({ fingerprint }) => fingerprint),
    close: async () => {
      await fleet.close()
      await Promise.all(
        [...targets.map(({ proxy }) => proxy), gatewayProxy, fleetProxy].map((one) => one.close()),
      )
      await gateway.close()
      rmSync(folder, { recursive: true })
    },
  }
  await using(async ({ context }) => {
    // On a very busy machine, not all five may respond in time.
    for (let look = 0; look < 5; look += 1) {
      await run(context)
      const records = await Promise.all(keys.map((key) => context.journal.load(key)))
      if (records.every(({ record }) => record?.current)) break
    }
    // The gateway does not reveal which key a value belongs to, so a person names the id.
    for (const [at, key] of keys.entries()) await sayId(context, key, gateway.keys[at]?.id)
  })
  return rig
}

/** Says which id the adopted key has at the issuer; on a busy machine the look at its list may time out. */
async function sayId(context: Context, key: string, id: string | undefined): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await resume(context, key, [`id:${id}`])
      return
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'unavailable' || tries === 5) throw error
    }
  }
}
