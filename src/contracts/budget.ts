/*
 * Call budgets: how fast calls of providers may go out. Services count calls by account and class (writes of secrets, say),
 * whoever sends them, so every process of an installation shares one budget for each.
 */

/** A limit as services publish it, e.g. 600 calls in 60,000 ms. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** What one call of a provider's verb takes from a class. */
export interface CallCost {
  readonly class: string
  /** Requests that the service counts, as a rule of thumb; what was sent beyond it is paid afterwards. */
  readonly calls: number
}

/** What an options module says of the limits that its service has. */
export interface PublishedLimits {
  /** Who is counted, e.g. `aws 123456789012 eu-central-1`: providers with the same text share a budget. No value in it. */
  readonly account: string
  /** By class. Null: nothing is published, so the limit is learned when the service refuses calls. */
  readonly classes: Readonly<Record<string, Rate | null>>
  /**
   * What a verb of the contract costs, e.g. `write`; empty for one that is not counted. When the service refuses it, the
   * first class is cut.
   */
  costs(verb: string): readonly CallCost[]
}

/** One budget as it stands, for estimates, status and metrics. */
export interface BudgetState {
  readonly account: string
  readonly class: string
  /** Calls in a second that all processes together may send now; null: no limit is known. */
  readonly perSecond: number | null
  /** The same without what was cut after refusals. */
  readonly limitPerSecond: number | null
  /** Calls in a second that this process may send now; null: no limit. */
  readonly ownPerSecond: number | null
  /** Calls of this process that wait. */
  readonly waiting: number
  /** Why what is shared with other processes is not known now; null: it is. */
  readonly problem: string | null
}

/** Which call of which provider. */
export interface BudgetedCall {
  /** Its name in the config. */
  readonly provider: string
  /** The verb of its contract, e.g. `write`. */
  readonly verb: string
  /** Of a key that leaked: it goes before all others and hardly waits. */
  readonly isUrgent: boolean
  /** How long it may wait: within the lease that it is sent under. Milliseconds. */
  readonly waitMs: number
}

/** A call that may be sent now. To be ended exactly once. */
export interface Turn {
  /** How long it waited. */
  readonly waitedMs: number
  /** How many requests were sent, and whether the service refused one because there were too many. */
  end(outcome: { requests: number; throttled: boolean; retryAfterMs?: number | undefined }): void
}

export interface CallBudget {
  /**
   * Waits until the call may be sent, before its time limit begins.
   * @throws ProviderError `throttled`, effect none, when its turn does not come within `waitMs`;
   * `unavailable`, effect none, when the process stops.
   */
  take(call: BudgetedCall): Promise<Turn>
  /** What one call of this verb takes from which budget, for estimates; empty where nothing is counted. */
  costs(provider: string, verb: string): Promise<readonly (BudgetState & { readonly calls: number })[]>
  /** Every budget that this process has used. */
  states(): readonly BudgetState[]
}
