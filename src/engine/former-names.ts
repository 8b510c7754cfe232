/** Finds the former names of a key that is new here: by the key that its targets hold, and by the mark it was written with. */
import type { KeyRecord } from '../contracts/record.ts'
import { markNumber } from '../workflow/keys/attempts.ts'
import type { Answers } from '../workflow/words/questions.ts'
import type { ClaimAtHand } from './at-hand.ts'
import { findHoldings } from './find-holdings.ts'

export interface Former {
  /** Names of records of this installation, of keys that the config no longer has. */
  names: string[]
  /** The highest number of a mark that this journal made for another key, or for one that was forgotten since. */
  lastMark: number
}

export async function findFormer(
  hand: ClaimAtHand,
  record: KeyRecord,
  { targets }: Pick<Answers, 'targets'>,
): Promise<Former> {
  const values = Object.values(targets).filter((reading) => reading.is === 'value')
  const fingerprints = new Set(values.map(({ fingerprint }) => fingerprint))
  const marks = values.flatMap(({ mark, shared }) => (mark === undefined || shared ? [] : [mark]))
  const [holdings, makers] = await Promise.all([
    Promise.all([...fingerprints].map((fingerprint) => findHoldings({ ...hand, record }, { fingerprint }))),
    Promise.all(marks.map((mark) => findMaker(hand, mark, record))),
  ])
  const known = makers.filter((maker) => maker !== null)
  const named = [...holdings.flat().map(({ key }) => key), ...known.map(({ key }) => key)]
  const names: string[] = []
  for (const name of [...new Set(named)].sort()) {
    if (name === record.key || hand.world.keys.has(name)) continue
    const { record: other } = await hand.journal.load(name)
    if (other?.installation === record.installation) names.push(name)
  }
  return { names, lastMark: Math.max(0, ...known.map(({ number }) => number)) }
}

/** The other key, present or forgotten, for which this journal made the mark. */
async function findMaker(
  hand: ClaimAtHand,
  mark: string,
  { key, installation }: KeyRecord,
): Promise<{ key: string; number: number } | null> {
  const rotation = rotationOf(mark, installation)
  const [entry] = rotation === undefined ? [] : await hand.journal.trail({ rotation, limit: 1 })
  return entry && entry.key !== key ? { key: entry.key, number: markNumber(mark, installation) } : null
}

/** The rotation in a mark of this installation. */
function rotationOf(mark: string, installation: string): string | undefined {
  return new RegExp(`^${installation}-(\\d{8}-[a-z0-9]+)-\\d+$`).exec(mark)?.[1]
}
