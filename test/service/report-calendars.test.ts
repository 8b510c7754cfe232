import { expect, test } from 'vitest'
import { reportCalendars } from '../../src/service/report-calendars.ts'
import { makeRig } from '../engine/harness.ts'

test('a calendar that cannot tell is told once for all its keys, and so is its end', async () => {
  const rig = makeRig()
  const why = 'the calendar freeze cannot tell: it ends too early'
  const range = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, why, catchUpMs: 0 }
  const workWith = (closures: readonly (typeof range)[], blackouts: string[]) => {
    const keys = ['a', 'b'].map((name) => [name, { ...rig.key, name, blackouts, closures }] as const)
    return reportCalendars({ ...rig.context, keys: new Map(keys) })
  }
  expect(await workWith([], [])).toBeNull()
  expect(rig.events).toEqual([])
  expect(await workWith([range], ['freeze'])).toBeGreaterThan(rig.now())
  expect(rig.events).toMatchObject([
    {
      level: 'warning',
      kind: 'calendar-cannot-tell',
      message: `${why}: 2 keys are not rotated by themselves`,
    },
  ])
  await workWith([], ['freeze'])
  expect(rig.events.at(-1)).toMatchObject({ kind: 'calendar-cannot-tell', isOver: true })
})
