/*
 * A key has leaked: two words of a person at its object, and the old key is dead while its workload was never refused.
 * In both modes, twice in a row.
 */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { Platform } from '../../shared/rigs/platform/platform.ts'
import { KEY, SECRET, Web } from '../../shared/rigs/platform/web.ts'

const START_LIMIT_MS = 600_000
const SCENE_LIMIT_MS = 300_000
const platform = new Platform()
const web = new Web(platform)

beforeAll(async () => {
  await platform.start()
  await web.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

/** Reports the key of the Secret as leaked, and returns how long it took until the gateway refused it. */
async function reportLeak(why: string, begin: () => Promise<unknown>): Promise<number> {
  const leaked = await platform.held(SECRET)
  const { lastRotation } = (await platform.managedKey(KEY)).status
  const from = Date.now()
  await web.annotate(`keyrota.dev/compromised=${why}`, 'keyrota.dev/leaked=old')
  await begin()
  const { revokedAt } = await web.refused(leaked)
  const { end } = await web.ended(lastRotation?.id)
  assert.equal(end, 'completed')
  await web.assertSafe()
  await assertAnswered(why)
  return (revokedAt ?? 0) - from
}

/** The annotations are gone, the condition answers, and the trail names who asked. */
async function assertAnswered(why: string): Promise<void> {
  const { metadata, status } = await platform.managedKey(KEY)
  const left = Object.keys(metadata.annotations ?? {}).filter((name) => name.startsWith('keyrota.dev/'))
  assert.deepEqual(
    left.filter((name) => /compromised|leaked/.test(name)),
    [],
  )
  const answered = status.conditions.find(({ type }: { type: string }) => type === 'Answered')
  assert.equal(answered.reason, 'CompromisedTaken', answered.message)
  assert.match(answered.message, /compromised: it is rotated at once/)
  const asked = status.journal.trail.filter(({ text }: { text: string }) => text.includes(why))
  assert.match(asked[0]?.text ?? 'nothing', /kubectl-annotate.* asked: compromised/)
}

describe.each([1, 2])('leak %i', (time) => {
  test(
    'mode cronjob: an annotation and a job',
    async () => {
      const ms = await reportLeak(`seen in build log ${time}`, () => platform.runJob(`inc-${time}`))
      console.info(`mode cronjob, leak ${time}: ${ms} ms from the annotation to the refusal of the old key`)
    },
    SCENE_LIMIT_MS,
  )
})

describe.each([1, 2])('leak %i with serve', (time) => {
  test(
    'mode deployment: an annotation alone',
    async () => {
      if (time === 1) await web.serve(2)
      const ms = await reportLeak(`seen in chat ${time}`, async () => undefined)
      console.info(
        `mode deployment, leak ${time}: ${ms} ms from the annotation to the refusal of the old key`,
      )
    },
    SCENE_LIMIT_MS,
  )
})
