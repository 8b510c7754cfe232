import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { assertLive, killAt, leaseRunsOut, makeWorkload, runToEnd, type Workload } from './actors.ts'
import { type Around, makeRig, type Rig } from './harness.ts'

/* A key that is replaced in place, and processes that die at every call. */

const lifecycle = { lifecycle: 'roll', oldKeyOnIssue: { diesAfter: '48h' } }

/** Kills each call's process in turn, before or after the call, and lets the next one continue. */
async function killEverywhere(setup: () => { rig: Rig; workloads: Workload[] }, check: (rig: Rig) => void) {
  let nth = 0
  for (let more = true; more; ) {
    nth += 1
    for (const where of ['before', 'after'] as const) {
      const { rig, workloads } = setup()
      const seen: string[] = []
      const watch =
        (around: Around): Around =>
        async (call, run, args) => {
          try {
            return await around(call, run, args)
          } finally {
            try {
              assertLive(rig, workloads)
            } catch (error) {
              seen.push(`${where} call ${nth}, at ${call}: ${error}`)
            }
          }
        }
      await rig.run()
      let died = false
      const dying = killAt((_call, at) => {
        if (at === nth) died = true
        return at === nth ? where : undefined
      })
      await rig.rotate({}, rig.process(watch(dying))).catch(() => {})
      await leaseRunsOut(rig)
      const { rotation, last } = await rig.record()
      if (!rotation && !last) await rig.rotate({}, rig.process(watch((_call, run) => run())))
      await runToEnd(
        rig,
        watch((_call, run) => run()),
      )
      expect(seen).toEqual([])
      assertLive(rig, workloads)
      check(rig)
      more = died
    }
  }
  expect(nth).toBeGreaterThan(20)
}

test('killed at every point of a roll with overlap: nobody ever holds a dead key, and it is rolled once', async () => {
  await killEverywhere(
    () => {
      const app = makeWorkload({ tells: true })
      const rig = makeRig({ issuer: lifecycle, consumers: { app } })
      app.attach(rig)
      return { rig, workloads: [app] }
    },
    (rig) => {
      assert.equal(rig.space.keys.length, 2, 'rolled once')
      assert.equal(rig.accepted().length, 1, 'the overlap is over')
    },
  )
})

test('killed at every point of a roll that is rolled back: the old key is never ended by us', async () => {
  await killEverywhere(
    () => {
      let first: string | null | undefined
      const app = makeWorkload({ tells: true, state: (held) => (held === first ? 'ready' : 'failed') })
      const rig = makeRig({ issuer: lifecycle, consumers: { app } })
      first = rig.held()[0]
      app.attach(rig)
      return { rig, workloads: [app] }
    },
    (rig) => {
      assert.equal(rig.space.keys.length, 2, 'rolled once')
      assert.equal(rig.space.calls.endOverlap, undefined)
    },
  )
})
