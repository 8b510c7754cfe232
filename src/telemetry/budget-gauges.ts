/** The gauges of the call budgets, brought up to date for a scrape. */
import type { BudgetState } from '../contracts/budget.ts'
import { metricTable } from './metric-table.ts'
import type { Gauges } from './metrics.ts'

export function setBudgetGauges(gauges: Gauges, states: readonly BudgetState[]): void {
  const { callBudgetRate, callBudgetLimit, callBudgetOwn, callBudgetWaiting } = metricTable
  for (const row of [callBudgetRate, callBudgetLimit, callBudgetOwn, callBudgetWaiting]) gauges.reset(row)
  for (const { account, class: name, perSecond, limitPerSecond, ownPerSecond, waiting } of states) {
    const labels = { account, class: name }
    if (perSecond !== null) gauges.set(callBudgetRate, labels, perSecond)
    if (limitPerSecond !== null) gauges.set(callBudgetLimit, labels, limitPerSecond)
    if (ownPerSecond !== null) gauges.set(callBudgetOwn, labels, ownPerSecond)
    gauges.set(callBudgetWaiting, labels, waiting)
  }
}
