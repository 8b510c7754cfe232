/* The calls that an estimate reckons with are those that a rotation makes. */
import { expect, test } from 'vitest'
import { callsOfRotation, sumDemand } from '../../../src/fleet/calls.ts'
import type { Around } from '../../engine/harness.ts'
import { leak, makeFleetRig, rotateAll } from './rig.ts'

test('a rotation makes about as many calls of each verb as the estimate says', async () => {
  const setup = { policy: { confirmations: 3 }, issuer: { canDisable: true } }
  const fleet = await makeFleetRig(1, { setup })
  const counts: Record<string, number> = {}
  const counting: Around = (call, go) => {
    counts[call] = (counts[call] ?? 0) + 1
    return go()
  }
  await rotateAll(fleet.process({ around: counting }), leak)
  for (const side of ['issuer', 'store'] as const) {
    for (const [verb, times] of Object.entries(callsOfRotation[side])) {
      const seen = counts[`${side}.${verb}`] ?? 0
      expect([`${side}.${verb}`, seen, times, Math.abs(seen - times) <= Math.max(1, times * 0.35)]).toEqual([
        ...[`${side}.${verb}`, seen, times, true],
      ])
    }
  }
  const counted = new Set(
    Object.entries(callsOfRotation).flatMap(([side, verbs]) =>
      Object.keys(verbs).map((verb) => `${side}.${verb}`),
    ),
  )
  const others = Object.keys(counts).filter((call) => /^(issuer|store)\./.test(call) && !counted.has(call))
  expect(others).toEqual([])
})

test('calls of one budget are added up, and the one that takes longest comes first', () => {
  const aws = { account: 'aws 1', class: 'writes', perSecond: 50 }
  const gcp = { account: 'gcp 1', class: 'writes', perSecond: 10 }
  const free = { account: 'mail', class: 'keys', perSecond: null }
  expect(
    sumDemand([
      { ...aws, calls: 100 },
      { ...free, calls: 9 },
      { ...gcp, calls: 30 },
      { ...aws, calls: 100 },
    ]),
  ).toEqual([
    { ...aws, calls: 200, ms: 4_000 },
    { ...gcp, calls: 30, ms: 3_000 },
    { ...free, calls: 9, ms: 0 },
  ])
})
