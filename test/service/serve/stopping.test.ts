/* SIGTERM at each call of a rotation: what is under way ends, the key is let go, and the next process finishes. */
import { expect, test } from 'vitest'
import { makeRig, type Rig } from '../../engine/harness.ts'
import { goBy, HOUR_MS, MINUTE_MS, startServing } from './rig.ts'

/** An adopted key that somebody asks a rotation for. */
async function makeAskedRig(): Promise<Rig> {
  const rig = makeRig({ lookEveryMs: 6 * HOUR_MS, leaseMs: 60_000 })
  await rig.run()
  const { journal } = rig.context
  const claim = await journal.claim('video', { holder: 'test', leaseMs: 1_000 })
  if (claim === 'held' || !claim.record) throw new Error('not claimed')
  const record = { ...claim.record, request: { reason: 'asked' as const, at: rig.now() } }
  await journal.commit(claim, { record, audit: [], release: true })
  return rig
}

/** Serves until the call of this number, and is asked to stop while it is under way. */
async function serveUntil(rig: Rig, stopAt: number): Promise<{ calls: string[]; after: string[] }> {
  const calls: string[] = []
  const after: string[] = []
  let isStopped = false
  const process = startServing(rig, {
    around: async (call, stop) => {
      if (call === 'journal.watch') return
      if (isStopped) after.push(call)
      calls.push(call)
      if (calls.length !== stopAt) return
      stop()
      isStopped = true
      await rig.clock.sleep(10)
    },
  })
  if (stopAt === Number.POSITIVE_INFINITY) {
    await goBy(rig, MINUTE_MS)
    process.stop()
  }
  expect(await process.ended).toEqual({ left: [] })
  expect(process.failed).toEqual([])
  return { calls, after }
}

test('at whichever call it is asked to stop, the key is free afterwards and the next process finishes', async () => {
  const whole = await serveUntil(await makeAskedRig(), Number.POSITIVE_INFINITY)
  expect(whole.calls.filter((call) => call === 'issuer.issue')).toHaveLength(1)
  for (let stopAt = 1; stopAt <= whole.calls.length; stopAt += 1) {
    const rig = await makeAskedRig()
    const { after } = await serveUntil(rig, stopAt)
    const { lease, record } = await rig.context.journal.load('video')
    expect(lease, `stopped at call ${stopAt}, ${whole.calls[stopAt - 1]}`).toBeNull()
    // Nothing new is taken up: a rotation that had not begun does not begin.
    if (!record?.rotation && !record?.last) expect(after).not.toContain('issuer.issue')
    const next = startServing(rig, { holder: 'two' })
    await goBy(rig, 2 * HOUR_MS)
    next.stop()
    await next.ended
    expect((await rig.record()).rotation, `stopped at call ${stopAt}`).toBeNull()
    const held = rig.held()[0]
    expect(held === null ? [] : [held]).toEqual(rig.accepted().filter((fingerprint) => fingerprint === held))
    expect(rig.live()).toHaveLength(1)
  }
})

test('what does not end within the grace period is named, and the process ends all the same', async () => {
  const rig = await makeAskedRig()
  const process = startServing(rig, {
    graceMs: 5_000,
    around: async (call, stop) => {
      // A journal has no time limit of ours.
      if (call !== 'journal.commit') return
      stop()
      await rig.clock.sleep(HOUR_MS)
    },
  })
  const before = rig.now()
  expect(await process.ended).toEqual({ left: ['video'] })
  expect(rig.now() - before).toBeLessThan(MINUTE_MS)
})
