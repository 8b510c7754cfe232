/** The verb `explain`: the timeline of a key or a rotation. */
import type { TrailEntry } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { type Context, ServiceError } from './context.ts'

const PAGE = 500
const MAX_ENTRIES = 10_000

export interface Explained {
  key: string
  rotation: string | null
  record: KeyRecord | null
  entries: TrailEntry[]
  /** More entries than are shown. */
  truncated: boolean
}

/**
 * The timeline of a key's latest rotation, or of one rotation, with its evidence, from the journal alone.
 * @throws ServiceError `unknown-key` when the journal has neither.
 */
export async function explain(context: Pick<Context, 'journal'>, what: string): Promise<Explained> {
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
  return { key: what, rotation, record, ...(await trail(context, rotation ? { rotation } : { key: what })) }
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
