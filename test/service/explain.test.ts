import { expect, test } from 'vitest'
import { amend } from '../../src/engine/amend.ts'
import { explain } from '../../src/service/explain.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { takeRequest } from '../../src/workflow/people/requests.ts'
import { makeRig } from '../engine/harness.ts'

const textsOf = async (rig: ReturnType<typeof makeRig>) =>
  (await explain(rig.context, 'video')).entries.map(({ kind, text }) => `${kind}: ${text}`)

test('the first line of a rotation has the reason that the person gave', async () => {
  const rig = makeRig({ targets: 1 })
  await rotate(rig.context, 'video', { why: 'found in a log' })
  expect((await textsOf(rig)).find((line) => line.startsWith('started'))).toBe(
    'started: the rotation begins (asked): found in a log',
  )
})

test('a reason that is the value of a key is refused, and kept nowhere', async () => {
  const rig = makeRig({ targets: 1 })
  await run(rig.context)
  const { KEY: value = '' } = rig.secrets.contentOf('app-0') as Record<string, string>
  await expect(rotate(rig.context, 'video', { why: value })).rejects.toMatchObject({ code: 'refused' })
  expect((await rig.record()).rotation).toBeNull()
})

test('the timeline of a key has who asked for its rotation, and nothing of the rotation before', async () => {
  const rig = makeRig({ targets: 1 })
  await rotate(rig.context, 'video', { why: 'the first one' })
  rig.pass(3_600_000)
  const request = { name: 'rotate', words: 'leaver', by: 'ada', token: '1' } as const
  await amend(
    rig.context,
    'video',
    (record, now) =>
      takeRequest(record, request, { key: { observe: false, isOfTeam: false, isLeaving: false }, now }).audit,
    0,
  )
  await run(rig.context)
  const texts = await textsOf(rig)
  expect(texts.filter((text) => /^(asked|started)/.test(text))).toEqual([
    'asked: ada asked: rotate (leaver); a rotation is requested',
    'started: the rotation begins (asked): it was asked for: leaver, by ada',
  ])
  expect(texts.join()).not.toContain('the first one')
})
