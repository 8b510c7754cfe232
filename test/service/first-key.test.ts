import { expect, test } from 'vitest'
import { check } from '../../src/service/check.ts'
import { resultOf } from '../../src/service/outcome.ts'
import { plan } from '../../src/service/plan.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { makeRig, type Rig } from '../engine/harness.ts'

/** The config names KEY, and the secret has something that is spelled nearly so. */
function misspell(): Rig {
  const rig = makeRig({ empty: true })
  rig.secrets.foreignWrite('app-0', { KEYS: 'the-key-that-is-in-use' })
  return rig
}

test('a field that is not there gets no first key by itself: run says what is there and what to do', async () => {
  const rig = misspell()
  const [one] = (await run(rig.context)).attended
  expect(one && resultOf(one, rig.now())).toBe('needs-person')
  const [trouble] = one?.record?.violations ?? []
  expect(trouble?.kind).toBe('no-first-key')
  expect(trouble?.detail).toContain(
    'store/app-0#KEY does not exist; did you mean KEYS? (the secret has OTHER, KEYS)',
  )
  expect(one?.record?.rotation).toBeNull()
  expect(rig.space.calls.issue).toBeUndefined()
})

test('plan and check say so before, and plan promises nothing that run does not do', async () => {
  const rig = misspell()
  expect((await plan(rig.context))[0]?.steps).toEqual([
    'read the targets, and adopt the key that they hold; nothing is rotated for that',
    'if they hold none: create nothing until asked: keyrota rotate video --first',
  ])
  const [found] = await check(rig.context, ['video'])
  expect(found).toMatchObject({
    level: 'problem',
    nextStep: expect.stringContaining('keyrota rotate video --first'),
  })
  expect(found?.text).toContain('did you mean KEYS?')
  await run(rig.context)
  expect((await plan(rig.context))[0]).toMatchObject({
    due: false,
    why: expect.stringContaining('rotate --first'),
  })
})

test('a name that is corrected is adopted, and the trouble ends', async () => {
  const rig = misspell()
  await run(rig.context)
  const target = { id: 'store/app-0#KEYS', store: 'store', secret: 'app-0', fields: { value: 'KEYS' } }
  rig.context.keys = new Map([['video', { ...rig.key, targets: [target] }]])
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.current?.adopted).toBe(true)
  expect(one?.record?.violations.map(({ kind }) => kind)).not.toContain('no-first-key')
})

test('a person who rotates is asked for the word too; with it the first key is created', async () => {
  const rig = misspell()
  await expect(rotate(rig.context, 'video', {})).rejects.toThrow('did you mean KEYS?')
  await expect(rotate(rig.context, 'video', { compromised: { leaked: 'old' } })).rejects.toThrow(
    'has no key to rotate',
  )
  expect(rig.space.calls.issue).toBeUndefined()
  const { record } = await rotate(rig.context, 'video', { first: true })
  expect(record?.last).toMatchObject({ end: 'completed', reason: 'first' })
  expect(rig.held()).toEqual(rig.accepted())
  expect(record?.violations).toEqual([])
})

test('with `first: true` in the config run creates it', async () => {
  const rig = makeRig({ empty: true })
  rig.context.keys = new Map([['video', { ...rig.key, first: true }]])
  expect((await plan(rig.context))[0]?.steps[1]).toContain('create the first key at issuer')
  const [one] = (await run(rig.context)).attended
  expect(one?.record?.last).toMatchObject({ end: 'completed', reason: 'first' })
})
