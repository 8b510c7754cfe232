import { readFileSync } from 'node:fs'
import { make } from '../../../../providers/journals/kubernetes/index.ts'
import { options } from '../../../../providers/journals/kubernetes/options.ts'
import type { Ambient } from '../../../../src/contracts/clock.ts'
import type { KeyConfig } from '../../../../src/contracts/config.ts'
import type { Journal, JournalContext } from '../../../../src/contracts/journal.ts'
import { machine } from '../../../../src/machine.ts'
import { createSummarize } from '../../../../src/service/summarize.ts'

/** The CRD that the chart installs. */
export const customResource = new URL(
  '../../../../helm/keyrota/files/managedkeys.keyrota.dev.yaml',
  import.meta.url,
)

export const readCustomResource = (): string => readFileSync(customResource, 'utf8')

/** A journal as a config makes it, with options that are checked as a config's are. */
export function makeKubernetesJournal(given: object, more: Partial<Ambient & JournalContext> = {}): Journal {
  return make(options.parse(given), {
    name: 'journal',
    stateFolder: '/nonexistent',
    ...machine,
    summarize: createSummarize(() => undefined),
    installation: 'k7f3',
    ...more,
  })
}

const DAY_MS = 86_400_000

/** A key of a config. */
export function makeKey(name: string, changes: Partial<KeyConfig> = {}): KeyConfig {
  return {
    name,
    environment: 'production',
    service: 'web shop',
    owner: 'team shop',
    issuer: 'video',
    consumers: [],
    targets: [{ id: 'cluster/shop/app#KEY', store: 'cluster', secret: 'shop/app', fields: { value: 'KEY' } }],
    policy: {
      everyMs: 90 * DAY_MS,
      overlapMs: DAY_MS,
      confirmations: 3,
      callLimitMs: 20_000,
      readyLimitMs: 300_000,
      giveUpMs: DAY_MS,
      askBeforeMs: 0,
      remindEveryMs: DAY_MS,
      operatorDeadlineMs: DAY_MS,
      afterCareMs: DAY_MS,
      retryMinMs: 5_000,
      retryMaxMs: 900_000,
      allowOutage: false,
    },
    leaseMs: 60_000,
    lookEveryMs: 21_600_000,
    observe: false,
    exclusive: false,
    ...changes,
  }
}
