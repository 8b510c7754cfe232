/** The call budgets of this process: which of them a call counts against, and its turn on each. */
import { createHash } from 'node:crypto'
import type { BudgetedCall, CallBudget, PublishedLimits, Turn } from '../contracts/budget.ts'
import type { Ambient } from '../contracts/clock.ts'
import type { Documents } from '../contracts/documents.ts'
import { ProviderError } from '../contracts/errors.ts'
import type { SharedBudget } from './shared-budget.ts'

export interface CallBudgetAbout extends Ambient {
  readonly documents: Documents
  /** Names this process. */
  readonly holder: string
  readonly stop: AbortSignal
  /** The limits of this provider; null: its calls are not counted. */
  limitsOf(provider: string, verb: string): Promise<PublishedLimits | null>
}

export interface OpenCallBudget extends CallBudget {
  /** What this process had of the budgets is free at once. */
  close(): Promise<void>
}

type Loaded = typeof import('./shared-budget.ts')

interface Cost {
  readonly budget: SharedBudget
  readonly calls: number
}

export function openCallBudget(about: CallBudgetAbout): OpenCallBudget {
  const budgets = new Map<string, SharedBudget>()

  function budgetOf({ SharedBudget: Made }: Loaded, limits: PublishedLimits, name: string): SharedBudget {
    const { account } = limits
    const rate = limits.classes[name]
    const limit = rate ? (rate.calls * 1_000) / rate.perMs : null
    const place = JSON.stringify([account, name])
    const known = budgets.get(place)
    known?.setLimit(limit)
    if (known) return known
    const { documents, clock, random, holder: id, isProcessGone } = about
    const made = new Made({
      ...{ account, class: name, limit, documents, clock, random, id },
      document: { kind: 'budget', name: documentName(account, name) },
      ...(isProcessGone ? { isProcessGone } : {}),
    })
    budgets.set(place, made)
    return made
  }

  async function costsOf(provider: string, verb: string): Promise<Cost[]> {
    const limits = await about.limitsOf(provider, verb)
    if (limits === null) return []
    // Most commands call no provider, and start without it.
    const loaded = await import('./shared-budget.ts')
    return limits
      .costs(verb)
      .map(({ class: name, calls }) => ({ budget: budgetOf(loaded, limits, name), calls }))
  }

  about.stop.addEventListener('abort', () => {
    for (const budget of budgets.values()) budget.refuseWaiting()
  })
  const close = async () => {
    await Promise.all([...budgets.values()].map((budget) => budget.close()))
  }
  return {
    async take(call) {
      const costs = await costsOf(call.provider, call.verb)
      const startedAt = about.clock.monotonicMs()
      await takeAll(about, costs, call)
      const cuts = costs.map(({ budget }) => budget.cuts)
      return makeTurn(costs, cuts, about.clock.monotonicMs() - startedAt)
    },
    costs: async (provider, verb) =>
      (await costsOf(provider, verb)).map(({ budget, calls }) => ({ ...budget.state, calls })),
    states: () => [...budgets.values()].map(({ state }) => state),
    close,
  }
}

/** A turn on each of them; what was taken already is given back when one of them has none. */
async function takeAll(about: CallBudgetAbout, costs: readonly Cost[], call: BudgetedCall): Promise<void> {
  const { clock, stop } = about
  const endsAt = clock.monotonicMs() + call.waitMs
  const taken: Cost[] = []
  for (const cost of costs) {
    const waitMs = Math.max(0, endsAt - clock.monotonicMs())
    if (await cost.budget.take(cost.calls, { isUrgent: call.isUrgent, waitMs })) {
      taken.push(cost)
      continue
    }
    for (const { budget, calls } of taken) budget.pay(-calls)
    throw stop.aborted ? toStopped(call) : toNoTurn(call, cost.budget)
  }
}

/** The first cost is the class that a refusal is about. */
function makeTurn(costs: readonly Cost[], cuts: readonly (number | null)[], waitedMs: number): Turn {
  const [first] = costs
  return {
    waitedMs,
    end({ requests, throttled, retryAfterMs = 0 }) {
      if (first && costs.length === 1 && requests !== first.calls) first.budget.pay(requests - first.calls)
      if (first && throttled) first.budget.refuse(cuts[0] ?? null, retryAfterMs)
    },
  }
}

function toNoTurn({ provider, verb, waitMs }: BudgetedCall, { state }: SharedBudget): ProviderError {
  const { account, class: name, ownPerSecond } = state
  return new ProviderError({
    code: 'throttled',
    provider,
    message: `${verb} was not sent: too many calls of ${account} (${name}) wait, and ${waitMs} ms were not enough`,
    effect: 'none',
    nextStep: `Nothing needs to be done: it is tried again. Where the service allows more than it does now, set \`rateLimits\` of ${provider}.`,
    ...(ownPerSecond
      ? { retryAfterMs: Math.min(60_000, Math.round((state.waiting * 1_000) / ownPerSecond)) }
      : {}),
  })
}

function toStopped({ provider, verb }: BudgetedCall): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: `${verb} was not sent: the process stops`,
    effect: 'none',
    nextStep: 'The next run goes on.',
  })
}

/** Readable, and apart from every other account and class. */
function documentName(account: string, name: string): string {
  const plain = `${account} ${name}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const digest = createHash('sha256')
    .update(JSON.stringify([account, name]))
    .digest('hex')
    .slice(0, 12)
  return `${plain.slice(0, 80)}-${digest}`.replace(/^-/, '')
}
