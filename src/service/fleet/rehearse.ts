/** A campaign without doing it: access to everything that it would touch, as `check` tests it; nothing is changed. */
import { checkKeys } from '../check.ts'
import type { Finding } from '../check-sharing.ts'
import type { Context } from '../context.ts'
import type { Draft } from './start.ts'

/** Keys of one lot are checked one after the other, and lots beside each other. */
const LOTS = 8

export async function tryAll(
  context: Context,
  { keys, rows }: Pick<Draft, 'keys' | 'rows'>,
): Promise<{ keys: number; findings: Finding[] }> {
  const touched = new Set(rows.flatMap(({ key, group }) => (group === 'left' ? [] : [key])))
  const chosen = keys.filter(({ name }) => touched.has(name))
  const lots = Array.from({ length: LOTS }, (_, lot) => chosen.filter((_key, at) => at % LOTS === lot))
  const findings = await Promise.all(lots.map((lot) => checkKeys(context, lot)))
  return { keys: chosen.length, findings: findings.flat() }
}
