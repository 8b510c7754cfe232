/* `check --issue`: a key made for a check alone, and what each step of its life shows. */

import { expect, test } from 'vitest'
import type { ApiIssuer } from '../../src/contracts/key-issuer.ts'
import { checkIssuer } from '../../src/service/check-issuer.ts'
import { makeRig, type Rig, type Setup } from '../engine/harness.ts'

function rigWith(change: (api: ApiIssuer) => Partial<ApiIssuer>, setup: Setup = {}): Rig {
  return makeRig({
    ...setup,
    makeIssuer: (_, api) => ({ ...api, ...change(api as ApiIssuer) }) as ApiIssuer,
  })
}

async function levelsOf(rig: Rig): Promise<string[]> {
  const { steps } = await checkIssuer(rig.context, 'issuer', () => {})
  return steps.map(({ step, level }) => `${step} ${level}`)
}

test('a sound issuer passes every step, and nothing is left', async () => {
  const rig = makeRig()
  const before = rig.live()
  const names: string[] = []
  const checked = await checkIssuer(rig.context, 'issuer', (name) => names.push(name))
  expect(checked.steps.map(({ step, level }) => `${step} ${level}`)).toEqual([
    'list ok',
    'create ok',
    'listed ok',
    'probe ok',
    'revoke ok',
    'refused ok',
    'unlisted ok',
  ])
  expect(checked.leftOver).toBeNull()
  expect(rig.live()).toEqual(before)
  expect(names).toEqual([expect.stringMatching(/^keyrota-check-k7f3-[a-z0-9]{8}-check$/)])
  for (const { material } of rig.space.keys)
    expect(JSON.stringify(checked)).not.toContain(material.value?.expose())
})

test('a list that shows nothing is found out, and the key is ended all the same', async () => {
  const rig = rigWith(() => ({ list: async () => [] }))
  expect(await levelsOf(rig)).toContain('listed problem')
  expect(rig.live()).toHaveLength(1)
})

test('another id than the list gives is repaired by the list, and the key is ended by that', async () => {
  const rig = rigWith((api) => ({
    issue: async (request, call) => {
      const made = await api.issue(request, call)
      return { ...made, ref: { ...made.ref, id: 'the-id-of-the-account' } }
    },
  }))
  const { steps, leftOver } = await checkIssuer(rig.context, 'issuer', () => {})
  expect(steps.find(({ step }) => step === 'listed')).toMatchObject({
    level: 'problem',
    text: expect.stringContaining('the-id-of-the-account'),
  })
  expect(leftOver).toBeNull()
  expect(rig.live()).toHaveLength(1)
})

test('a probe that takes anything, and a revocation that does nothing, are found out', async () => {
  const anything = makeRig()
  anything.space.inject({ kind: 'accept-anything' })
  expect(await levelsOf(anything)).toContain('probe problem')
  const lying = makeRig()
  lying.space.inject({ kind: 'revoke-lies' })
  expect(await levelsOf(lying)).toContain('refused problem')
})

test('a key whose creation was not understood is found by its mark and ended', async () => {
  const rig = makeRig()
  rig.space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  expect(await levelsOf(rig)).toEqual(['list ok', 'create problem', 'revoke ok'])
  expect(rig.live()).toHaveLength(1)
})

test('where a key that is made ends or replaces another, none is made', async () => {
  for (const lifecycle of ['roll', 'slots'] as const) {
    const rig = rigWith(() => ({ lifecycle }))
    await expect(checkIssuer(rig.context, 'issuer', () => {})).rejects.toMatchObject({ code: 'refused' })
    expect(rig.space.calls.issue).toBeUndefined()
  }
})

test.each(['listed', 'found'])(
  'a value that is taken for the id of a key that is %s is not shown',
  async (how) => {
    const made: string[] = []
    const rig = rigWith((api) => ({
      issue: async (request, call) => {
        const key = await api.issue(request, call)
        const value = key.material.value?.expose() ?? ''
        made.push(value)
        return how === 'listed' ? key : { ...key, ref: { ...key.ref, id: value } }
      },
      list: async (call) =>
        (await api.list(call)).map((key) =>
          key.name?.startsWith('keyrota-check') ? { ...key, id: made[0] ?? '' } : key,
        ),
      find: async () => [{ id: made[0] ?? '' }],
      revoke: async (held, call) => {
        if (how === 'listed') await api.revoke(held, call)
        else throw new Error('no such key')
      },
    }))
    const checked = await checkIssuer(rig.context, 'issuer', () => {})
    expect(made).toHaveLength(1)
    expect(checked.steps.map(({ level }) => level)).toContain('problem')
    expect(JSON.stringify(checked)).not.toContain(made[0])
    if (how === 'listed') expect(rig.live()).toHaveLength(1)
    else expect(checked.leftOver).toEqual({ id: '[secret]' })
  },
)
