import { expect, test } from 'vitest'
import type { ApiIssuer, KeyIssuer, KeyRef } from '../../src/contracts/key-issuer.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertLive, assertSafe, runToEnd } from './actors.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

/* A list proves an absence only when it shows a key that has to be in it. */

/** An issuer whose list, and search, `see` what they return. */
function listing(see: (keys: KeyRef[]) => KeyRef[], more: Partial<ApiIssuer['traits']> = {}) {
  return (_space: unknown, api: KeyIssuer): KeyIssuer => {
    if (api.lifecycle === 'operator') return api
    return {
      ...api,
      traits: { ...api.traits, ...more },
      find: async (request, call) => see(await api.find(request, call)),
      list: async (call) => see(await api.list(call)),
    }
  }
}

const rigOf = (setup: Setup) => makeRig(setup)

async function hold(rig: Rig) {
  const { hold: held } = await rig.rotation()
  return held
}

const saying = (what: string) => ({
  change: (record: Parameters<typeof confirm>[0], now: number) => {
    confirm(record, what, now)
    return []
  },
})

test('a typo in list.items: nothing is created, and the reason names the option', async () => {
  const rig = rigOf({ makeIssuer: listing(() => []) })
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toMatchObject({
    reason: 'list-shows-no-known-key',
    detail: expect.stringContaining('check `list.items`'),
    command: 'keyrota resume video',
  })
  expect(rig.space.calls.issue).toBeUndefined()
})

test('the list breaks after the start: a lost creation does not count as not made, and a person says so', async () => {
  let broken = false
  const rig = rigOf({ makeIssuer: listing((keys) => (broken ? [] : keys)) })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  const breaking = rig.process(async (call, run) => {
    if (call === 'issuer.issue') broken = true
    return run()
  })
  expect((await rig.rotate({}, breaking)).end).toBe('standing')
  expect((await hold(rig))?.reason).toBe('list-shows-no-known-key')
  expect((await hold(rig))?.needs).toMatch(/^nothing-made:/)
  expect(rig.space.calls.issue).toBe(1)
  // The list is corrected: the orphan is found and revoked.
  broken = false
  await runToEnd(rig)
  assertSafe(rig)
})

test('a typo in list.name: a lost creation does not count as not made, since the list shows no name', async () => {
  const nameless = ({ name: _, ...key }: KeyRef): KeyRef => key
  const search = (keys: KeyRef[]) => keys.map(nameless)
  const rig = rigOf({
    makeIssuer: (space, api) => {
      const listed = listing(search)(space, api)
      return listed.lifecycle === 'operator' ? listed : { ...listed, find: async () => [] }
    },
  })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect((await rig.rotate()).end).toBe('standing')
  expect(await hold(rig)).toMatchObject({
    reason: 'list-shows-no-known-key',
    detail: expect.stringContaining('`list.name`'),
    needs: expect.stringMatching(/^nothing-made:/),
  })
  expect(rig.space.calls.issue).toBe(1)
})

test('a person says that nothing was made while the list shows nothing: the last look still needs a control', async () => {
  let broken = false
  const rig = rigOf({ makeIssuer: listing((keys) => (broken ? [] : keys)) })
  rig.space.inject({ kind: 'hang', verb: 'issue' }, 1)
  const breaking = rig.process(async (call, run) => {
    if (call === 'issuer.issue') broken = true
    return run()
  })
  await rig.rotate({}, breaking)
  const { needs } = (await hold(rig)) ?? {}
  await rig.run(saying(needs ?? ''))
  await runToEnd(rig)
  expect((await rig.record()).last?.end).toBe('completed')
  assertLive(rig)
})

test('a revoked orphan in a list that shows nothing does not count as gone: it becomes a debt', async () => {
  let broken = false
  const rig = rigOf({ makeIssuer: listing((keys) => (broken ? [] : keys)) })
  rig.space.inject({ kind: 'activate-late', ms: 3_600_000 })
  rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'throttled' })
  const breaking = rig.process(async (call, run) => {
    if (call === 'issuer.issue') broken = true
    return run()
  })
  const { record } = await rig.rotate({}, breaking)
  expect(record?.last?.end).toBe('rolled-back')
  expect(record?.debts).toHaveLength(1)
  expect(rig.live()).toHaveLength(2)
})

test('the first key of all: what its lost answer made is found once the next key is the control', async () => {
  let hidden: string | undefined
  const rig = rigOf({
    empty: true,
    makeIssuer: listing((keys) => keys.filter((key) => key.id !== hidden)),
  })
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  const hiding = rig.process(async (call, run) => {
    if (call === 'store.write') hidden = undefined
    try {
      return await run()
    } finally {
      if (call === 'issuer.issue' && rig.space.keys.length === 1) hidden = rig.space.keys[0]?.id
    }
  })
  expect((await rig.rotate({}, hiding)).record?.last?.end).toBe('completed')
  expect(rig.live()).toHaveLength(1)
  assertLive(rig)
})

test('a wrong create.id: the id in the list is the one that is revoked by', async () => {
  const wrong = (_space: unknown, api: KeyIssuer): KeyIssuer => {
    if (api.lifecycle === 'operator') return api
    return {
      ...api,
      issue: async (request, call) => {
        const made = await api.issue(request, call)
        return { ...made, ref: { ...made.ref, id: `wrong-${made.ref.id}` } }
      },
    }
  }
  const rig = rigOf({ makeIssuer: wrong })
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect((await rig.record()).current?.ref?.id).toBe(rig.live()[0])
  rig.pass(3_600_000)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  assertSafe(rig)
  expect((await rig.texts('noted')).join()).toContain('under another id than its creation')
})

test('a list that was wrong at the start does not make strangers’ keys ours once it is right', async () => {
  let broken = true
  const infer = { onLostAnswer: 'infer', exclusive: true, canIdentify: false, revokesByValue: true }
  const rig = rigOf({ issuer: infer, makeIssuer: listing((keys) => (broken ? [] : keys)) })
  const stranger = rig.space.addKey({ name: 'of somebody else' })
  rig.space.inject({ kind: 'hang', verb: 'issue' }, 1)
  const mending = rig.process(async (call, run) => {
    if (call === 'issuer.issue') broken = false
    return run()
  })
  expect((await rig.rotate({}, mending)).end).toBe('standing')
  expect((await hold(rig))?.reason).toBe('answer-lost-needs-a-person')
  expect(rig.live()).toContain(stranger.id)
})

test('a creation without a name outlives its quiet time: the last look at the list finds and revokes it', async () => {
  const rig = rigOf({ issuer: { onLostAnswer: 'infer', exclusive: true }, policy: { overlapMs: 150 } })
  rig.space.inject({ kind: 'land-late', verb: 'issue', ms: 180 }, 1)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  assertSafe(rig)
})
