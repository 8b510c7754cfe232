/**
 * Takes a report from a receiver: hashes what is in it, and puts it on record for whoever works it off. Nothing here
 * knows a managed key, so neither the answer nor its time tells whether a value is one of ours.
 */

import type { Opened, Reported, ReportPolicy } from '../../contracts/receiver.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import type { Context } from '../context.ts'
import { cutWords } from './clean-words.ts'
import {
  hashReport,
  nameReceived,
  nameReport,
  prefixOf,
  REPORT,
  type ReceivedDocument,
  type ReportDocument,
  type ReportedLeak,
} from './documents.ts'
import { TextHasher } from './hash-texts.ts'

/** With more of one receiver that wait, its senders are asked to try again; those of others are not. */
const MAX_WAITING = 500
/** Of one request; what is beyond is left out, which is told. */
const MAX_LEAKS = 2_000
/** A document holds that many of them, whatever is said beside each. */
const LEAKS_A_PART = 100
const FINGERPRINTS_A_PART = 3_000

export type Taken = 'taken' | 'known' | 'busy'

type Report = Extract<Opened, { is: 'report' }>

export class Intake {
  /** Reports of each receiver put on record since they were last counted. */
  readonly #since = new Map<string, number>()

  /** @throws JournalError when it could not be put on record: the sender has to be told. */
  async take(
    context: Context,
    about: { receiver: string; body: Buffer; at: number; policy: ReportPolicy },
    report: Report,
  ): Promise<Taken> {
    const { receiver, body, at, policy } = about
    const { documents } = context.journal
    const hash = hashReport(receiver, body)
    const parts = partsOf(report)
    if (!(await this.#hasRoom(context, receiver))) return 'busy'
    const known = await documents.read(nameReceived(receiver))
    const { seen = {} }: Partial<ReceivedDocument> = parseOrNone<ReceivedDocument>(known) ?? {}
    let taken: Taken = 'known'
    for (const [part, { leaks, isCut }] of parts.entries()) {
      const id = nameReport(receiver, hash, part)
      if (Object.hasOwn(seen, id.name)) continue
      const document: ReportDocument = { receiver, at, policy, leaks, ...(isCut ? { isCut } : {}) }
      const written = await documents.write(id, { text: JSON.stringify(document), revision: 0 })
      this.#since.set(receiver, this.#sinceOf(receiver) + 1)
      if (written !== 'conflict') taken = 'taken'
    }
    return taken
  }

  async #hasRoom({ journal }: Context, receiver: string): Promise<boolean> {
    if (this.#sinceOf(receiver) < MAX_WAITING) return true
    const after = prefixOf(receiver)
    const documents = await journal.documents.list(REPORT, { after, limit: MAX_WAITING })
    this.#since.set(receiver, documents.filter(({ name }) => name.startsWith(after)).length)
    return this.#sinceOf(receiver) < MAX_WAITING
  }

  #sinceOf(receiver: string): number {
    return this.#since.get(receiver) ?? MAX_WAITING
  }
}

interface Part {
  leaks: ReportedLeak[]
  isCut: boolean
}

/** What is in the request as hashes and words; its texts are wiped. */
function partsOf({ leaks }: Report): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < Math.min(leaks.length, MAX_LEAKS); at += LEAKS_A_PART)
    parts.push(hashPart(leaks.slice(at, at + LEAKS_A_PART)))
  for (const { texts } of leaks.slice(MAX_LEAKS)) for (const text of texts) text.fill(0)
  const last = parts.at(-1)
  if (last && leaks.length > MAX_LEAKS) last.isCut = true
  return parts
}

function hashPart(leaks: readonly Reported[]): Part {
  const hasher = new TextHasher()
  let isCut = false
  let left = FINGERPRINTS_A_PART
  const hashed = leaks.map(({ texts, hash, place, ...words }) => {
    const found = hasher.hash(texts)
    isCut ||= found.isCut || found.forms.size > left
    const forms = Object.fromEntries([...found.forms].slice(0, left))
    left = Math.max(0, left - found.forms.size)
    return {
      forms,
      ...(hash === undefined ? {} : { hash }),
      ...(place === undefined ? {} : { place }),
      ...cutWords(words),
    }
  })
  return { leaks: hashed, isCut }
}
