/* A journal that takes seconds to respond, as an API server under load does: its time is older than its response. */
import { expect, test } from 'vitest'
import type { Claim, Journal } from '../../src/contracts/journal.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { ClaimedKey } from '../../src/engine/claimed-key.ts'
import { findWrongTime } from '../../src/workflow/between/times.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'

const LEASE_MS = 60_000
const SLOW_MS = 8_000

/** A claimed key whose journal reads its clock when it is asked, and responds `tookMs` later; `jumpMs` in between. */
function claimWith(clock: VirtualClock, pace: { tookMs: number; jumpMs?: number }): ClaimedKey {
  const commit: Journal['commit'] = async ({ revision }) => {
    const now = clock.wallMs()
    clock.pass(pace.tookMs)
    if (pace.jumpMs !== undefined) clock.jump(pace.jumpMs)
    return { revision: revision + 1, now, leaseUntil: now + LEASE_MS }
  }
  const now = clock.wallMs()
  const claim: Claim = {
    ...{ key: 'web', claimId: 'c', fence: 1, record: null, revision: 1, now },
    leaseUntil: now + LEASE_MS,
  }
  return new ClaimedKey({ journal: { commit } as Journal, clock, leaseMs: LEASE_MS }, claim)
}

async function commit(claimed: ClaimedKey) {
  const record = newRecord('web', 'i')
  await claimed.commit({ record, audit: [] })
  return record
}

test('responses that take longer or shorter than the one before are no jump of the clock', async () => {
  const clock = new VirtualClock()
  const pace = { tookMs: 0 }
  const claimed = claimWith(clock, pace)
  for (const tookMs of [SLOW_MS, 0, SLOW_MS, 10, 2 * SLOW_MS]) {
    pace.tookMs = tookMs
    await commit(claimed)
    expect(claimed.takeJumpMs()).toBe(0)
  }
})

test('a clock that is set while a response is slow is noticed with the next one', async () => {
  const clock = new VirtualClock()
  const pace = { tookMs: SLOW_MS, jumpMs: 3_600_000 }
  const claimed = claimWith(clock, pace)
  await commit(claimed)
  await commit(claimed)
  expect(claimed.takeJumpMs()).toBeGreaterThan(3_600_000 - 2 * SLOW_MS)
})

test('a record that was written after a slow response, and read after a quick one, is believed, and the other way round', async () => {
  for (const [before, after] of [
    [SLOW_MS, 0],
    [0, SLOW_MS],
  ] as const) {
    const clock = new VirtualClock()
    const pace = { tookMs: before }
    const claimed = claimWith(clock, pace)
    await commit(claimed)
    const record = await commit(claimed)
    pace.tookMs = after
    await commit(claimed)
    expect(findWrongTime(record, null, claimed.reading())).toBeNull()
    clock.jump(-3_600_000)
    await commit(claimed)
    expect(findWrongTime(record, null, claimed.reading())?.why).toMatch(/set back by/)
  }
})
