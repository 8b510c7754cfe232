/** What a scan found and what it did not look at, kept within limits. */
import { safeName } from './safe-name.ts'
import { type Hit, Searcher } from './search.ts'
import { TextStream } from './text-stream.ts'

/** Where a known value stands. */
export interface Finding {
  /** Path, `archive!entry`, or `commit path` of a history; a value in it is masked. */
  source: string
  fingerprint: string
  /** `raw`, or the encodings from the inner to the outer one. */
  form: string
  /** Counted from 1; null: it is in the name. */
  line: number | null
  /** Of the first byte, counted from 0. */
  offset: number
  /** Of an object in a history: the oldest commit with it, where that was looked for. */
  commit?: { id: string; at: number }
}

/** Why something was not looked at. */
export type SkipReason =
  | 'symbolic-link'
  | 'special-file'
  | 'git-objects'
  | 'unreadable'
  | 'encrypted'
  | 'broken'
  | 'too-large'
  | 'too-deep'
  | 'unsupported'

export interface Skipped {
  source: string
  why: SkipReason
  detail: string
}

export interface Counts {
  /** Files, entries of archives, objects of a history. */
  sources: number
  bytes: number
  /** Tokens whose fingerprint was computed. */
  tokens: number
  findings: number
  skipped: Partial<Record<SkipReason, number>>
}

export interface Part {
  counts: Counts
  /** At most `MAX_LISTED`; `counts.findings` has the number. */
  findings: Finding[]
  skipped: Skipped[]
}

const MAX_LISTED = 1_000

export function newPart(): Part {
  return {
    counts: { sources: 0, bytes: 0, tokens: 0, findings: 0, skipped: {} },
    findings: [],
    skipped: [],
  }
}

/** Adds what another thread did. */
export function addPart(to: Part, { counts, findings, skipped }: Part): void {
  to.counts.sources += counts.sources
  to.counts.bytes += counts.bytes
  to.counts.tokens += counts.tokens
  to.counts.findings += counts.findings
  for (const [why, count] of Object.entries(counts.skipped) as [SkipReason, number][])
    to.counts.skipped[why] = (to.counts.skipped[why] ?? 0) + count
  to.findings.push(...findings.slice(0, MAX_LISTED - to.findings.length))
  to.skipped.push(...skipped.slice(0, MAX_LISTED - to.skipped.length))
}

/** Searches one source after another and keeps count. */
export class Tally {
  #part = newPart()
  readonly #searcher: Searcher

  constructor(known: ReadonlySet<string>) {
    this.#searcher = new Searcher(known)
  }

  /** Begins a source: its name is searched like its content. @returns what takes the content. */
  begin(name: string): TextStream {
    this.#part.counts.sources += 1
    const hits = searchName(this.#searcher, name)
    const source = safeName(name, hits)
    for (const { fingerprint, form, start } of hits)
      this.#add({ source, fingerprint, form, line: null, offset: start })
    return new TextStream(this.#searcher, ({ fingerprint, form, line, start }) =>
      this.#add({ source, fingerprint, form, line, offset: start }),
    )
  }

  /** Notes what is not looked at. */
  leaveOut(name: string, why: SkipReason, detail: string): void {
    const { counts, skipped } = this.#part
    counts.skipped[why] = (counts.skipped[why] ?? 0) + 1
    if (skipped.length >= MAX_LISTED) return
    skipped.push({ source: safeName(name, searchName(this.#searcher, name)), why, detail })
  }

  addBytes(count: number): void {
    this.#part.counts.bytes += count
  }

  /** What was done since the last call. */
  take(): Part {
    const part = this.#part
    part.counts.tokens = this.#searcher.hashed
    this.#searcher.hashed = 0
    this.#part = newPart()
    return part
  }

  #add(finding: Finding): void {
    this.#part.counts.findings += 1
    if (this.#part.findings.length < MAX_LISTED) this.#part.findings.push(finding)
  }
}

function searchName(searcher: Searcher, name: string): Hit[] {
  const hits: Hit[] = []
  searcher.search(Buffer.from(name), 1, (hit) => hits.push(hit))
  return hits
}
