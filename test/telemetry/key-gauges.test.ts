import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { newRecord, type Rotation } from '../../src/contracts/record.ts'
import { createSummarize } from '../../src/service/summarize.ts'
import { createKeyGauges } from '../../src/telemetry/key-gauges.ts'

const now = Date.UTC(2026, 10, 27)
const config = {
  name: 'web',
  policy: { everyMs: 7_776_000_000 },
  targets: [],
  observe: false,
} as unknown as KeyConfig

/** The gauges of one key with this rotation, without the name of the key. */
function read(rotation: Partial<Rotation> | null): Record<string, number> {
  const current = { fingerprint: 'f', since: now - 1_000, expiresAt: now + 60_000, versions: {} }
  const pin = { targets: [] }
  const running = rotation && {
    id: 'r',
    standing: 'active',
    startedAt: now - 5_000,
    pin,
    targets: {},
    exceptions: [],
    ...rotation,
  }
  const record = { ...newRecord('web', 'k7f3'), current, rotation: running } as never
  const seen: Record<string, number> = {}
  const gauges = {
    reset: () => {},
    set: ({ name }: { name: string }, labels: Readonly<Record<string, string>>, value: number) => {
      seen[[name, labels.step].filter(Boolean).join(' ')] = value
    },
  }
  createKeyGauges(createSummarize(() => config))(gauges, [{ name: 'web', config, record }], now)
  return seen
}

test('a leaked key has the time of its report, its deadline and the step of its rotation', () => {
  const compromised = { leaked: 'both', killBy: now + 900_000 } as const
  expect(read({ step: 'deploy', reason: 'age', compromised })).toMatchObject({
    keyrota_key_expiration_timestamp_seconds: now / 1_000 + 60,
    keyrota_key_compromised_timestamp_seconds: now / 1_000 - 5,
    keyrota_key_kill_by_timestamp_seconds: now / 1_000 + 900,
    'keyrota_key_rotation_start_timestamp_seconds deploy': now / 1_000 - 5,
  })
})

test('a calm key has none of them', () => {
  const names = Object.keys(read(null)).filter((name) => /compromised|kill_by|rotation_start/.test(name))
  expect(names).toEqual([])
})
