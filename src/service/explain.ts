/** The verb `explain`: the timeline of a key or a rotation. */
import type { TrailEntry } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import type { Finding } from '../contracts/usage.ts'
import { type Context, ServiceError } from './context.ts'
import { readBeside } from './read-beside.ts'
import { readFindings } from './usage/documents.ts'

const PAGE = 500
const MAX_ENTRIES = 10_000
/** Of a key's whole trail. */
const MAX_PAGES = 200

export interface Explained {
  key: string
  rotation: string | null
  record: KeyRecord | null
  entries: TrailEntry[]
  /** What was found about the use of the key. */
  findings: Finding[]
  /** More entries than are shown. */
  truncated: boolean
}

/**
 * The timeline of a key since its latest rotation was asked for, or of one rotation, with its evidence, from the journal alone.
 * @throws ServiceError `unknown-key` when the journal has neither.
 */
export async function explain(
  context: Pick<Context, 'journal' | 'untold'>,
  what: string,
): Promise<Explained> {
  const explained = await explainTimeline(context, what)
  const about = { what: 'findings about its use', otherwise: null }
  const found = await readBeside(context, about, () => readFindings(context, explained.key))
  const findings = found?.findings ?? []
  return { ...explained, findings }
}

async function explainTimeline(
  context: Pick<Context, 'journal'>,
  what: string,
): Promise<Omit<Explained, 'findings'>> {
  const { journal } = context
  const finished = await journal.finished(what)
  if (finished)
    return {
      key: finished.key,
      rotation: what,
      record: finished,
      ...(await trail(context, { rotation: what })),
    }
  const ofRotation = await trail(context, { rotation: what })
  const [first] = ofRotation.entries
  if (first)
    return { key: first.key, rotation: what, record: (await journal.load(first.key)).record, ...ofRotation }
  const { record } = await journal.load(what)
  const ofKey = record ? null : await trail(context, { key: what })
  if (ofKey && ofKey.entries.length > 0) return { key: what, rotation: null, record: null, ...ofKey }
  if (!record) {
    throw new ServiceError(
      'unknown-key',
      `the journal knows no key and no rotation ${what}`,
      'See: keyrota status',
    )
  }
  const rotation = record.rotation?.id ?? record.last?.id ?? null
  return { key: what, rotation, record, ...(await latest(context, what, rotation)) }
}

/**
 * The lines of this rotation, and those of the key that belong to none: what was asked for since the rotation before,
 * and what came after it. Of a trail that is too long to be read for that, the rotation's alone.
 */
async function latest(context: Pick<Context, 'journal'>, key: string, rotation: string | null) {
  let entries: TrailEntry[] = []
  let hasBegun = false
  let after: number | undefined
  for (let page = 0; page < MAX_PAGES && entries.length < MAX_ENTRIES; page++) {
    const read = await context.journal.trail({ key, limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const entry of read) {
      if (entry.rotation === undefined || entry.rotation === rotation) entries.push(entry)
      else if (!hasBegun) entries = []
      hasBegun ||= rotation !== null && entry.rotation === rotation
    }
    if (read.length < PAGE) return { entries, truncated: false }
    after = read.at(-1)?.seq
  }
  return trail(context, rotation ? { rotation } : { key })
}

async function trail(context: Pick<Context, 'journal'>, of: { key?: string; rotation?: string }) {
  const entries: TrailEntry[] = []
  for (;;) {
    const after = entries.at(-1)?.seq
    const page = await context.journal.trail({
      ...of,
      ...(after === undefined ? {} : { after }),
      limit: PAGE,
    })
    entries.push(...page)
    if (page.length < PAGE) return { entries, truncated: false }
    if (entries.length >= MAX_ENTRIES) return { entries, truncated: true }
  }
}
