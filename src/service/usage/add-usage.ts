/** The verb `usage add`: numbers that a person reads off a dashboard. */
import type { Measured } from '../../contracts/meter.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { type Finding, SLOT_MS } from '../../contracts/usage.ts'
import { openFindings } from '../../usage/findings.ts'
import { type Context, keyOf, ServiceError } from '../context.ts'
import { readFindings, readUsage } from './documents.ts'
import { takeAndJudge } from './take-and-judge.ts'

/** The name of the series of such numbers; no meter of a config is called so. */
const TYPED = 'typed'
const LONGEST_MS = 42 * 86_400_000

export interface TypedUse {
  requests?: number
  credits?: number
  /** Milliseconds since 1970. */
  at: number
  /** The beginning of the time that the numbers count; absent: where the last ones ended. */
  from?: number
  /** The numbers are counters as they stand. */
  total: boolean
}

export interface Added {
  key: string
  /** What the numbers were taken for; beganAt null: a counter that is the first, with which the next one is compared;
   * beganAgain: a counter that is lower than the last one. */
  taken: {
    unit: 'requests' | 'credits'
    amount: number
    beganAt: number | null
    endedAt: number
    beganAgain?: true
  }[]
  /** What is open for this key now. */
  findings: Finding[]
}

/** @throws ServiceError `usage` for numbers that cannot be placed in time */
export async function addUsage(context: Context, name: string, use: TypedUse): Promise<Added> {
  const key = keyOf(context, name)
  const now = context.clock.wallMs()
  const refuse = (message: string, nextStep: string) => new ServiceError('usage', message, nextStep)
  const command = `keyrota usage add ${quoteWord(name)}`
  if (use.at > now + SLOT_MS)
    throw refuse('--at lies in the future', 'Write when the dashboard showed the numbers.')
  const { totals, readTo } = await readUsage(context, name)
  const units = (['requests', 'credits'] as const).filter((unit) => use[unit] !== undefined)
  if (units.length === 0) throw refuse('no number is given', `Run: ${command} --requests N, or --credits N`)
  const measured = units.map((unit): Measured => {
    const base = { key: name, unit, at: use.at, amount: use[unit] ?? 0 }
    if (use.total) return { ...base, isTotal: true }
    const from = use.from ?? (readTo[TYPED] || undefined)
    if (from === undefined)
      throw refuse(
        'nothing says since when these were used',
        `Add --from with the beginning of that time, or --total if the dashboard shows a counter: ${command} --total --${unit} N`,
      )
    if (from >= use.at)
      throw refuse('their time ends before it begins, or was counted already', 'Correct --from or --at.')
    if (use.at - from > LONGEST_MS)
      throw refuse('more than six weeks tell nothing of an hour', 'Add shorter times.')
    return { ...base, from }
  })
  const taken = measured.map(({ unit, amount, from, at, isTotal }) => {
    const before = totals[`${TYPED}/${unit}|`]
    if (isTotal && before && at <= before.at)
      throw refuse(
        `a counter of ${new Date(before.at).toISOString()} is on record, which is not earlier`,
        'Correct --at; numbers are added in the order of time.',
      )
    const beganAgain = isTotal && before !== undefined && amount < before.amount
    const grown = before && (beganAgain ? amount : amount - before.amount)
    return {
      unit,
      amount: isTotal ? (grown ?? 0) : amount,
      beganAt: (isTotal ? before?.at : from) ?? null,
      endedAt: at,
      ...(beganAgain ? { beganAgain } : {}),
    }
  })
  const { record } = await context.journal.load(name)
  await takeAndJudge(context, key, record, { meter: TYPED, measured, completeTo: 'each' })
  return { key: name, taken, findings: openFindings((await readFindings(context, name))?.findings ?? []) }
}
