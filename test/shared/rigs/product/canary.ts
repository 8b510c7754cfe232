import { findLeaks, type Leak, type Secret, type Sink } from '../../../cli/canary/search.ts'
import { readJournal, readJournalFiles } from '../../../cli/canary/state-sinks.ts'
import type { Installation } from '../../../cli/installation.ts'
import type { Ended } from '../../../cli/run-cli.ts'

/** Fields in which the products of these rigs return a key or a credential. */
const SECRET_FIELDS = /"(?:secret_id|secret|value|token|client_token|access_token)"\s*:\s*"([^"]{8,})"/g

/** Knows every value that the product handed out, and looks for them where none belongs. */
export interface Canary {
  hide(name: string, value: string): void
  /** Hides what a response of the product contains. */
  hear(body: Buffer): void
  /** Keeps what a command printed. */
  keep(words: string, ended: Ended): void
  /** Keeps what a notifier was told. */
  keepEvent(event: object): void
  /** How many values it knows. */
  readonly known: number
  /** Every value that stands in the journal or in what was printed. */
  search(installation: Pick<Installation, 'state'>): Leak[]
}

export function makeCanary(): Canary {
  const secrets = new Map<string, Secret>()
  const printed: Sink[] = []
  const hide = (name: string, value: string) => void secrets.set(value, { name, value })
  return {
    hide,
    hear: (body) => {
      for (const [, value = ''] of body.toString().matchAll(SECRET_FIELDS)) hide('value in a response', value)
    },
    keep: (words, { stdout, stderr }) => {
      printed.push({ name: `standard output of ${words}`, bytes: Buffer.from(stdout) })
      printed.push({ name: `standard error of ${words}`, bytes: Buffer.from(stderr) })
    },
    keepEvent: (event) => void printed.push({ name: 'an event', bytes: Buffer.from(JSON.stringify(event)) }),
    get known() {
      return secrets.size
    },
    search: (installation) => {
      const sinks = [...printed, ...readJournalFiles(installation), ...readJournal(installation)]
      return findLeaks(sinks, [...secrets.values()])
    },
  }
}
