/** What `serve` does with one key: attends to it under a claim, or looks at its targets without one. */
import { JournalError } from '../../contracts/errors.ts'
import { attend } from '../../engine/attend.ts'
import { showsNothingNew } from '../../engine/look.ts'
import { pinKey } from '../../engine/pin.ts'
import type { Context } from '../context.ts'
import type { Errand, RunPlan } from '../run-plan.ts'

/** How long a rotation is waited for beyond the settle time, while its new key is in this process alone. */
export const WAIT_MS = 600_000

/** What came of it. `claimed`: another process works on the key. `changed`: another one has changed its record. */
export type Outcome = 'done' | 'claimed' | 'changed'

/** @throws whatever goes wrong with this key */
export async function visit(context: Context, { name, purpose }: Errand): Promise<Outcome> {
  const waitMs = WAIT_MS + (await settleMsOf(context, name))
  return claimedOr(async () => (await attend({ ...context, waitMs }, name, purpose)).end)
}

/** A process that stays can wait for any settle time: the new key is not lost with its end. */
async function settleMsOf({ keys, providers }: Context, name: string): Promise<number> {
  const key = keys.get(name)
  return key ? (await pinKey(providers, key)).issuer.traits.settleMs : 0
}

/**
 * Reads the targets without a claim; only what shows something new is claimed. What another process has looked at, or
 * changed, meanwhile is left alone.
 */
export async function look(context: Context, errand: RunPlan['looks'][number]): Promise<Outcome> {
  const { name, record } = errand
  const { journal, clock } = context
  const known = await journal.load(name)
  if (known.lease !== null) return 'claimed'
  const isKnown =
    known.record?.lookedAt === record.lookedAt && known.record?.written?.at === record.written?.at
  if (!isKnown) return 'changed'
  if (!(await showsNothingNew(context, record))) return visit(context, errand)
  await journal.noteLooks([name], clock.wallMs())
  return 'done'
}

/** A claim that was lost is another process's. */
async function claimedOr(work: () => Promise<string>): Promise<Outcome> {
  try {
    return (await work()) === 'claimed' ? 'claimed' : 'done'
  } catch (error) {
    if (error instanceof JournalError && error.code === 'lost-claim') return 'claimed'
    throw error
  }
}
