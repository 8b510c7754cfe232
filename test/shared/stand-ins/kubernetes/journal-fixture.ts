import { readFileSync } from 'node:fs'
import { make } from '../../../../providers/journals/kubernetes/index.ts'
import { options } from '../../../../providers/journals/kubernetes/options.ts'
import type { Ambient } from '../../../../src/contracts/clock.ts'
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
    ...more,
  })
}
