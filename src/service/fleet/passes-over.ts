/** What holds back rotations that start by themselves, and not a campaign: whoever starts one has to see it before. */
import type { KeyConfig } from '../../contracts/config.ts'
import { describePause, holdsNow } from '../../schedule/pauses.ts'
import type { Context } from '../context.ts'
import { readPauseOfAll } from '../pause.ts'

/** One line each, for people. */
export async function findPassedOver(
  { journal, clock }: Pick<Context, 'journal' | 'clock'>,
  keys: readonly KeyConfig[],
): Promise<string[]> {
  const now = clock.wallMs()
  const pause = await readPauseOfAll(journal)
  const closed = keys.flatMap(({ closures = [] }) => {
    const range = closures.find(({ from, to }) => from <= now && now < to)
    return range ? [range.why] : []
  })
  const blackouts = [...Map.groupBy(closed, (why) => why)].map(
    ([why, same]) => `${why} (${same.length} of the keys)`,
  )
  return [
    ...(pause && holdsNow(pause, now) ? [describePause({ ...pause, isOfAll: true })] : []),
    ...blackouts,
  ]
}
