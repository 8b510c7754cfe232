/* Many keys with memory providers on a virtual clock, and processes that drive campaigns over them. */
import type { KeyConfig } from '../../../src/contracts/config.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { readRecords } from '../../../src/engine/all-records.ts'
import type { Campaign } from '../../../src/fleet/campaign.ts'
import type { Context } from '../../../src/service/context.ts'
import {
  type CampaignListener,
  type Driven,
  type DriveOptions,
  driveCampaign,
} from '../../../src/service/fleet/drive.ts'
import { takeCampaign } from '../../../src/service/fleet/lease.ts'
import { draftCampaign, startCampaign, type Wish } from '../../../src/service/fleet/start.ts'
import { run } from '../../../src/service/run.ts'
import { type Around, makeRig, type Rig, type Setup } from '../../engine/harness.ts'
import { wrapCalls } from '../../engine/wiring.ts'
import { makeKeys } from '../serve/rig.ts'

export interface FleetRig {
  readonly rig: Rig
  readonly keys: Map<string, KeyConfig>
  /** Another process, as far as can be seen from outside. */
  process(about?: { holder?: string; around?: Around; stop?: AbortSignal } & Partial<Context>): Context
  records(): Promise<Map<string, KeyRecord>>
  /** Keys that the issuer accepts. */
  live(): number
}

/** So many keys, adopted. */
export async function makeFleetRig(
  count: number,
  about: { setup?: Setup; key?: Partial<KeyConfig> } = {},
): Promise<FleetRig> {
  const rig = makeRig({ lookEveryMs: 6 * 3_600_000, ...about.setup })
  const keys = makeKeys(rig, count, about.key)
  const process: FleetRig['process'] = ({ around, ...more } = {}) => {
    const context = rig.process(around)
    // What processes share is part of the journal, and can fail as the rest of it.
    const documents = wrapCalls('documents', context.journal.documents, around ?? ((_call, go) => go()))
    const journal = new Proxy(context.journal, {
      get: (target, name) => (name === 'documents' ? documents : Reflect.get(target, name)),
    })
    return { ...context, keys, journal, ...more }
  }
  await run(process())
  return {
    ...{ rig, keys, process },
    records: () => readRecords(rig.context.journal),
    live: () => rig.space.liveKeys().length,
  }
}

export const leak: Wish = {
  selection: { all: true },
  order: { reason: 'compromised', leaked: 'old', why: 'a test' },
}

/** Starts a campaign and drives it in one process. */
export async function rotateAll(
  context: Context,
  wish: Partial<Wish> = {},
  options: Partial<DriveOptions> = {},
): Promise<Driven> {
  const draft = await draftCampaign(context, { ...leak, ...wish })
  const { id } = await startCampaign(context, draft, 'ada')
  return goOn(context, id, options)
}

export async function goOn(
  context: Context,
  id: string,
  options: Partial<DriveOptions> = {},
): Promise<Driven> {
  const taken = await takeCampaign(context, id)
  if (taken === 'held' || taken === 'not-running') throw new Error(`not taken: ${taken}`)
  return driveCampaign(context, taken, { restMs: 60_000, ...options })
}

/** Remembers what a listener is told of keys. */
export function keepStates(): { listener: CampaignListener; seen: string[]; campaigns: Campaign[] } {
  const seen: string[] = []
  const campaigns: Campaign[] = []
  return {
    seen,
    campaigns,
    listener: {
      key: (key, { state }) => void seen.push(`${key} ${state}`),
      progress: (campaign) => void campaigns.push(structuredClone(campaign)),
    },
  }
}
