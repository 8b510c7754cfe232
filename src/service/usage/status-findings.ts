/** Puts what was found about the use of keys beside their state. */

import { quoteWord } from '../../contracts/shell-word.ts'
import type { Finding, FindingsDocument } from '../../contracts/usage.ts'
import { openFindings } from '../../usage/findings.ts'
import type { Context } from '../context.ts'
import type { NextStep } from '../next-steps.ts'
import { readBeside } from '../read-beside.ts'
import { readAllFindings, readFindings } from './documents.ts'
import { commandFor } from './report.ts'

interface Row {
  key: string
  attention: boolean
  usage: Finding[]
  steps: NextStep[]
}

/** `isFew`: only these keys are shown, so that each is read by itself. */
export async function withFindings<T extends Row>(
  context: Pick<Context, 'journal' | 'untold'>,
  rows: readonly T[],
  isFew: boolean,
): Promise<T[]> {
  const about = { what: 'findings about the use of keys', otherwise: new Map<string, FindingsDocument>() }
  const all = await readBeside(context, about, () =>
    isFew ? readEach(context, rows) : readAllFindings(context),
  )
  return rows.map((row) => {
    const usage = openFindings(all.get(row.key)?.findings ?? [])
    if (usage.length === 0) return row
    // Of what people are only told nothing has to be done.
    const asking = usage.filter(({ policy }) => policy !== 'tell')
    const steps = asking.map((one) => ({
      about: `${one.kind}: ${one.text}`,
      command: commandFor(row.key, one),
      does: `acts on it; keyrota usage accept ${quoteWord(row.key)} says that it is all right`,
    }))
    return { ...row, usage, attention: row.attention || asking.length > 0, steps: [...row.steps, ...steps] }
  })
}

async function readEach(
  context: Pick<Context, 'journal'>,
  rows: readonly Row[],
): Promise<Map<string, FindingsDocument>> {
  const found = new Map<string, FindingsDocument>()
  for (const { key } of rows) {
    const document = await readFindings(context, key)
    if (document) found.set(key, document)
  }
  return found
}
