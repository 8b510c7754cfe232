/** The canary, the order of the keys, and the sizes of the waves. */
import type { KeyConfig } from '../contracts/config.ts'

const WAVE = /^([1-9]\d{0,5})(%?)$/

/**
 * How many keys are rotated after each wave, in all: the canary alone at first, then what the waves say. Sizes that a
 * small fleet makes equal are one wave.
 * @throws RangeError for waves that do not grow, are misspelt, or do not end with 100%
 */
export function waveSizes(waves: readonly string[], keys: number): number[] {
  const sizes = waves.map((wave) => sizeOf(wave, keys))
  if (waves.at(-1) !== '100%') throw new RangeError('the last wave has to be 100%')
  if (keys === 0) return []
  const grown = [1, ...sizes].map((size) => Math.min(size, keys))
  return grown.filter((size, index) => index === 0 || size > Math.max(...grown.slice(0, index)))
}

function sizeOf(wave: string, keys: number): number {
  const [, digits, sign] = WAVE.exec(wave) ?? []
  const number = Number(digits)
  if (digits === undefined || (sign === '%' && number > 100))
    throw new RangeError(
      `${wave} is not a wave: expected a number of keys or a percentage, such as 10 or 50%`,
    )
  return sign === '%' ? Math.ceil((keys * number) / 100) : number
}

/**
 * In the order of their turn: the canary, then one key of each issuer, then the next of each, so that a wave shows what
 * the following ones will meet; within that those with the fewest consumers and places first.
 */
export function orderKeys(keys: readonly KeyConfig[], canary?: string): KeyConfig[] {
  const ranked = [...Map.groupBy(keys, ({ issuer }) => issuer).values()].flatMap((same) =>
    same.toSorted(compareBlast).map((key, rank) => ({ key, rank })),
  )
  const ordered = ranked
    .toSorted((a, b) => a.rank - b.rank || compareBlast(a.key, b.key))
    .map(({ key }) => key)
  const first = ordered.find(({ name }) => name === canary)
  return first ? [first, ...ordered.filter((key) => key !== first)] : ordered
}

/** What can break: consumers, then places. */
function compareBlast(a: KeyConfig, b: KeyConfig): number {
  return (
    a.consumers.length - b.consumers.length ||
    a.targets.length - b.targets.length ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  )
}
