/** Divides a budget among those who want some of it. Pure. */

/** What one process wants, as a part of the whole; of that the urgent part goes before all others. */
export interface Wish {
  readonly wants: number
  readonly urgent: number
}

/**
 * Parts that come to 1 and not more: first what is urgent, then the rest, then what nobody wants. Of each nobody gets more
 * than another one who wants more (max-min fairness), so a busy process never starves a quiet one.
 */
export function shareOut(wishes: readonly Wish[]): number[] {
  const urgent = fill(
    wishes.map((wish) => Math.min(wish.urgent, wish.wants)),
    1,
  )
  const afterUrgent = 1 - sum(urgent)
  const more = fill(
    wishes.map(({ wants }, index) => Math.max(0, wants - (urgent[index] ?? 0))),
    afterUrgent,
  )
  const unwanted = Math.max(0, afterUrgent - sum(more)) / Math.max(1, wishes.length)
  return wishes.map((_, index) => (urgent[index] ?? 0) + (more[index] ?? 0) + unwanted)
}

/** Water-filling: the smallest wishes are met as a whole, the others get equal parts of what is left. */
function fill(wants: readonly number[], whole: number): number[] {
  const order = wants.map((_, index) => index).sort((one, other) => (wants[one] ?? 0) - (wants[other] ?? 0))
  const parts = wants.map(() => 0)
  let left = Math.max(0, whole)
  for (const [done, index] of order.entries()) {
    const part = Math.min(wants[index] ?? 0, left / (order.length - done))
    parts[index] = part
    left -= part
  }
  return parts
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, part) => all + part, 0)
}
