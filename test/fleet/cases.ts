/* Keys and records for the tables of cases. */
import type { KeyConfig } from '../../src/contracts/config.ts'
import { type KeyRecord, newRecord, type Rotation } from '../../src/contracts/record.ts'
import type { CampaignPlan, Row } from '../../src/fleet/campaign.ts'

export function makeKey(name: string, about: Partial<KeyConfig> & { stores?: string[] } = {}): KeyConfig {
  const { stores = ['vault'], ...more } = about
  return {
    ...{ name, environment: 'production', service: 'web', owner: 'team', issuer: 'gateway', consumers: [] },
    targets: stores.map((store) => ({
      ...{ id: `${store}/${name}#KEY`, store, secret: name, fields: { value: 'KEY' } },
    })),
    policy: {} as KeyConfig['policy'],
    ...{ leaseMs: 1, lookEveryMs: 1, observe: false, exclusive: false },
    ...more,
  }
}

export function mapOf(keys: readonly KeyConfig[]): Map<string, KeyConfig> {
  return new Map(keys.map((key) => [key.name, key]))
}

export function makeRecord(key: string, about: Partial<KeyRecord> = {}): KeyRecord {
  return { ...newRecord(key, 'k7f3'), ...about }
}

export function makeRotation(about: Partial<Rotation> = {}): Rotation {
  return { id: 'r1', campaign: 'c1', startedAt: 0, step: 'deploy', standing: 'active', ...about } as Rotation
}

export function makePlan(about: Partial<CampaignPlan> = {}): CampaignPlan {
  return {
    ...{ selection: '--all', order: { reason: 'compromised' }, canary: 'a', waves: [1, 3] },
    ...{ caps: { atOnce: 10 }, perHour: null, breaker: { ratio: 0.1, least: 2 }, stuckAfterMs: 1_000 },
    ...about,
  }
}

export function rowsOf(...names: string[]): Row[] {
  return names.map((key) => ({ key, group: 'auto' }))
}
