/* One campaign over keys whose services have limits, on a virtual clock, against the least time that those allow. */
import { make as makeIssuer, memorySpace } from '../../../providers/issuers/memory/index.ts'
import { options as issuerOptions } from '../../../providers/issuers/memory/options.ts'
import { openCallBudget } from '../../../src/budget/call-budget.ts'
import type { KeyConfig } from '../../../src/contracts/config.ts'
import { fingerprintsIn, type Journal } from '../../../src/contracts/journal.ts'
import type { KeyIssuer } from '../../../src/contracts/key-issuer.ts'
import type { Context } from '../../../src/service/context.ts'
import { run } from '../../../src/service/run.ts'
import { makeRig } from '../../engine/harness.ts'
import { wrapCalls } from '../../engine/wiring.ts'
import { floorMs, LimitedServices, type Limits, publish } from './limited.ts'
import { leak, rotateAll } from './rig.ts'

export interface UnderLimits {
  readonly done: number
  readonly tookMs: number
  readonly floorMs: number
  readonly calls: number
  readonly refused: number
}

interface About {
  keys: number
  limits: Limits
  latencyMs: number
  /** Rotations at the same time. */
  atOnce: number
}

const POLICY = {
  callLimitMs: 20_000,
  giveUpMs: 3_600_000,
  readyLimitMs: 60_000,
  retryMinMs: 50,
  retryMaxMs: 5_000,
}
/** Accounts of the issuer hold so many keys each: a list of ten thousand in one would be another test. */
const KEYS_IN_ACCOUNT = 5

let serial = 0

/** The keys, adopted, in accounts of their own, and a journal that finds holders without reading every record. */
async function makeFleet({ keys: count }: Pick<About, 'keys'>) {
  const rig = makeRig({ policy: POLICY, leaseMs: 60_000, lookEveryMs: 86_400_000 })
  const { random } = rig.context
  const ambient = { clock: rig.clock.elsewhere(), random }
  const journal = indexHolders(rig.context.journal)
  const issuers = new Map<string, KeyIssuer>()
  const keys = new Map<string, KeyConfig>()
  for (let at = 0; at < count; at += 1) {
    const issuer = `issuer-${Math.floor(at / KEYS_IN_ACCOUNT)}`
    const space = `limits-${serial}-${issuer}`
    if (!issuers.has(issuer)) {
      const options = issuerOptions.parse({ space, canDisable: true })
      issuers.set(issuer, makeIssuer(options, { name: issuer, stateFolder: '', ...ambient }))
    }
    const old = memorySpace(space, ambient).addKey({ name: `first-${at}` })
    const name = `key-${at}`
    rig.secrets.addSecret(name, { KEY: old.material.value?.expose() ?? '' })
    const targets = [{ id: `store/${name}#KEY`, store: 'store', secret: name, fields: { value: 'KEY' } }]
    keys.set(name, { ...rig.key, name, issuer, targets })
  }
  serial += 1
  const process = (services?: LimitedServices): Context => {
    const around = services?.around
    const plain = rig.process(around)
    const issuer = async (name: string) => {
      const made = issuers.get(name)
      if (!made) throw new Error(`no issuer ${name}`)
      return around ? wrapCalls('issuer', made, around) : made
    }
    return { ...plain, journal, keys, waitMs: 600_000, providers: { ...plain.providers, issuer } }
  }
  await run({ ...process(), limits: { atOnce: 4, perRun: 25, perDay: 100 } })
  return { rig, process }
}

/** The journal in memory reads every record to find who holds a value; others keep an index, as this one does. */
function indexHolders(journal: Journal): Journal {
  const holders = new Map<string, Set<string>>()
  const commit: Journal['commit'] = async (claim, request) => {
    for (const fingerprint of fingerprintsIn(request.record))
      holders.set(fingerprint, (holders.get(fingerprint) ?? new Set()).add(request.record.key))
    return journal.commit(claim, request)
  }
  const find: Journal['holders'] = async (fingerprint) => [...(holders.get(fingerprint) ?? [])]
  return new Proxy(journal, {
    get: (target, name) =>
      name === 'commit' ? commit : name === 'holders' ? find : Reflect.get(target, name),
  })
}

/** The calls of one rotation by class, counted without any limit. */
async function countOne(limits: Limits): Promise<Record<string, number>> {
  const fleet = await makeFleet({ keys: 1 })
  const services = new LimitedServices(fleet.rig.clock, {}, 1)
  await rotateAll(fleet.process(services), leak)
  return Object.fromEntries(Object.keys(limits).map((name) => [name, services.answered[name] ?? 0]))
}

export async function rotateUnderLimits({ keys, limits, latencyMs, atOnce }: About): Promise<UnderLimits> {
  const perKey = await countOne(limits)
  const fleet = await makeFleet({ keys })
  const services = new LimitedServices(fleet.rig.clock, limits, latencyMs)
  const plain = fleet.process(services)
  const { clock, random, stop, holder, journal } = plain
  const budget = openCallBudget({
    ...{ clock, random, stop, holder, documents: journal.documents },
    limitsOf: async (provider) => publish(limits, provider),
  })
  const began = clock.monotonicMs()
  const wish = { ...leak, isBreakGlass: true, caps: { atOnce } }
  const { campaign } = await rotateAll({ ...plain, budget }, wish)
  const tookMs = clock.monotonicMs() - began
  await budget.close()
  return {
    ...{ done: campaign.counts.done, tookMs, refused: services.refused, calls: services.calls },
    floorMs: floorMs(keys, perKey, limits),
  }
}
