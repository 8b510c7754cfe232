import { describe, expect, it } from 'vitest'
import { status } from '../../../src/service/status.ts'
import { KEY, makeDeclaredRig } from './declared-rig.ts'

const HOUR_MS = 3_600_000

describe('a key that a team declares', () => {
  it('is a key like any other, is held, and is shown to be accepted', async () => {
    const { rig, source, run, open } = makeDeclaredRig()
    await run()
    expect((await rig.record()).current?.fingerprint).toBe(rig.held()[0])
    expect(source.objects.get(KEY)?.declared.isHeld).toBe(true)
    expect(source.noticeOf(KEY)).toEqual({ is: 'accepted' })
    expect((await status(await open(), [])).map(({ key }) => key)).toEqual([KEY])
  })

  it('that is wrong is told so, and is no key', async () => {
    const { rig, source, run, refuse } = makeDeclaredRig()
    refuse(true)
    source.ask(KEY, 'rotate')
    await run()
    expect(source.noticeOf(KEY)).toMatchObject({ is: 'refused', problems: [{ path: 'spec.every' }] })
    expect(source.answersOf(KEY)).toEqual([
      'refused: it is not accepted as a key now; see its condition Ready',
    ])
    expect(source.objects.get(KEY)?.declared.isHeld).toBe(false)
    expect(rig.space.calls).toEqual({})
  })

  it('that becomes wrong while it rotates is like a key that left the config, and a person can end that', async () => {
    const { rig, source, run, refuse } = makeDeclaredRig({ policy: { overlapMs: HOUR_MS }, waitMs: 400 })
    await run()
    source.ask(KEY, 'rotate')
    await run()
    refuse(true)
    await run()
    expect((await rig.rotation()).hold?.needs).toBe('removed-key')
    expect(rig.live()).toHaveLength(2)
    source.ask(KEY, 'confirm', 'removed-key')
    await run()
    expect(source.answersOf(KEY).at(-1)).toBe('taken: confirmed removed-key')
    refuse(false)
    rig.pass(2 * HOUR_MS)
    await run()
    expect(rig.live()).toHaveLength(1)
  })
})

describe('a declaration that is deleted', () => {
  it('goes at once when nothing runs, and says what is left', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    source.delete(KEY)
    await run()
    expect(source.leftOf(KEY)).toMatch(
      /^its current key lives at the issuer .*; it stands in store\/app-0#KEY$/,
    )
    expect(await rig.texts('left')).toHaveLength(1)
    expect(rig.live()).toHaveLength(1)
    expect(rig.space.calls.revoke).toBeUndefined()
  })

  it('waits until its rotation is turned back, and the key in use lives', async () => {
    const { rig, source, run } = makeDeclaredRig({ policy: { overlapMs: HOUR_MS }, waitMs: 400 })
    await run()
    const [before] = rig.live()
    const held = rig.held()
    source.ask(KEY, 'rotate')
    await run()
    expect(rig.live()).toHaveLength(2)
    source.delete(KEY)
    await run()
    for (let round = 0; round < 5 && source.leftOf(KEY) === null; round += 1) {
      rig.pass(HOUR_MS)
      await run()
    }
    expect(source.leftOf(KEY)).toContain('its current key lives at the issuer')
    expect(rig.live()).toEqual([before])
    expect(rig.held()).toEqual(held)
    expect(await rig.texts('rollback')).toEqual(['its declaration was deleted: its rotation is turned back'])
  })

  it('waits until its rotation has ended where there is no way back', async () => {
    const { rig, source, run } = makeDeclaredRig({ waitMs: 400 })
    await run()
    rig.space.inject({ kind: 'revoke-late', ms: HOUR_MS })
    source.ask(KEY, 'rotate')
    await run()
    expect((await rig.rotation()).revocation?.intendedAt).toBeDefined()
    source.delete(KEY)
    await run()
    expect(source.noticeOf(KEY)).toMatchObject({
      is: 'leaving',
      text: expect.stringContaining('ends first (revoke'),
    })
    for (let round = 0; round < 5 && source.leftOf(KEY) === null; round += 1) {
      rig.pass(HOUR_MS)
      await run()
    }
    expect(source.leftOf(KEY)).not.toBeNull()
    expect(rig.live()).toHaveLength(1)
    expect(rig.accepted()).toEqual(rig.held())
    expect((await rig.record()).last?.end).toBe('completed')
  })

  it('never hangs in silence: it says what it waits for, and the way out', async () => {
    const { rig, source, run, open } = makeDeclaredRig({ policy: { overlapMs: HOUR_MS }, waitMs: 400 })
    await run()
    source.ask(KEY, 'rotate')
    await run()
    source.delete(KEY)
    const { providers } = await open()
    const down = { ...providers, store: () => Promise.reject(new Error('the store is gone')) }
    await run({ providers: down })
    const notice = source.noticeOf(KEY)
    expect(notice).toMatchObject({ is: 'leaving', text: expect.stringContaining('ends first (rollback') })
    expect(source.leftOf(KEY)).toBeNull()
    source.ask(KEY, 'rotate')
    await run({ providers: down })
    expect(source.answersOf(KEY).at(-1)).toBe('refused: its declaration was deleted')
    expect(rig.live()).toHaveLength(2)
  })
})

describe('a declaration whose record another installation keeps', () => {
  it('is neither shown, answered nor let go', async () => {
    const { source, run, refuse } = makeDeclaredRig()
    source.add('team-b/video', { installation: 'other', isHeld: true })
    source.ask('team-b/video', 'compromised', 'in a log')
    refuse(true)
    await run()
    source.delete('team-b/video')
    await run()
    expect(source.leftOf('team-b/video')).toBeNull()
    expect(source.requestsOf('team-b/video')).toEqual(['compromised'])
    expect(source.noticeOf('team-b/video')).toMatchObject({
      is: 'leaving',
      text: expect.stringMatching(
        /^the installation other keeps its record .*: kubectl patch managedkey video -n team-b /,
      ),
    })
  })

  it('is not touched at all in a namespace that is not opened here', async () => {
    const { source, run, refuse } = makeDeclaredRig()
    source.add('team-b/video', { installation: 'other', isHeld: true })
    refuse(true, 'metadata.namespace')
    await run()
    source.delete('team-b/video')
    await run()
    expect(source.leftOf('team-b/video')).toBeNull()
    expect(source.noticeOf('team-b/video')).toBeUndefined()
  })
})
