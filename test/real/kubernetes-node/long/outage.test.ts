/*
 * The cluster itself fails in the middle of a rotation: etcd stands still for ten seconds, the API server is killed and
 * started again, the token of a run is no longer valid. Rotations end all the same, and no call is refused.
 */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Outage, pause, restart } from '../../../shared/rigs/platform/control-plane.ts'
import { type Commit, followKey } from '../../../shared/rigs/platform/follow-key.ts'
import { Platform } from '../../../shared/rigs/platform/platform.ts'
import { KEY, SECRET, Web } from '../../../shared/rigs/platform/web.ts'

const START_LIMIT_MS = 600_000
const SCENE_LIMIT_MS = 300_000
const STOPPED_MS = 10_000
const DOWN_MS = 3_000
const platform = new Platform()
// The server believes a token for some seconds after it has ended, so a rotation that is asked for takes longer than that;
// that of a leaked key has no overlap.
const web = new Web(platform, { defaults: { overlap: '20s' } })

beforeAll(async () => {
  await platform.start()
  await web.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

async function isReady(): Promise<boolean> {
  try {
    return (await platform.kubectl('get', '--raw', '/readyz')) === 'ok'
  } catch {
    // It does not listen yet.
    return false
  }
}

const disturbances: readonly (readonly [string, () => Promise<Outage>])[] = [
  ['etcd stands still for 10 s', () => pause('etcd', STOPPED_MS)],
  [
    'the API server is killed and started again',
    () => restart('kube-apiserver', { downMs: DOWN_MS, isReady }),
  ],
]

const leaked = (why: string) => [`keyrota.dev/compromised=${why}`, 'keyrota.dev/leaked=old']

/** Asks for a rotation, and disturbs the cluster as soon as it has come to the step `deploy`. */
async function disturb(
  asked: readonly string[],
  begin: () => Promise<unknown>,
  outage: () => Promise<Outage>,
): Promise<Outage> {
  const reached = Promise.withResolvers<Commit>()
  const { namespace, kubeconfig } = platform.own
  const stop = followKey({ namespace, kubeconfig, key: KEY }, (commit) => {
    if (commit.step === 'deploy') reached.resolve(commit)
  })
  await web.annotate(...asked)
  await begin()
  await reached.promise
  stop()
  return await outage()
}

/** The rotation ended, after the outage: it did not come too late to disturb it. */
async function assertEnded(before: string, { to }: Outage): Promise<void> {
  const { endTime } = (await platform.managedKey(KEY)).status.lastRotation
  // The time is in whole seconds.
  assert.ok(Date.parse(endTime) + 1_000 > to, `it ended at ${endTime}, before the outage was over`)
  await web.refused(before)
  await web.assertSafe()
}

async function lastId(): Promise<string> {
  return (await platform.managedKey(KEY)).status.lastRotation.id
}

describe('a run', () => {
  test.each(disturbances)(
    '%s: this run, or the next, ends the rotation',
    async (what, outage) => {
      const before = await platform.held(SECRET)
      const job = `run-${disturbances.findIndex(([name]) => name === what)}`
      const begin = () => platform.kubectl('create', 'job', job, '--from=cronjob/keyrota')
      const away = await disturb(leaked(what), begin, outage)
      const { exitCode, log } = await platform.podEnd(job)
      console.info(`a run while ${what}: exit code ${exitCode}`)
      assert.ok(exitCode === 0 || exitCode === 5, log)
      if (exitCode !== 0) assert.equal((await platform.runJob(`${job}-next`)).exitCode, 0)
      await assertEnded(before, away)
    },
    SCENE_LIMIT_MS,
  )

  test(
    'its ServiceAccount is made anew, and its token is refused: it ends, and the next one goes on',
    async () => {
      const before = await platform.held(SECRET)
      const account = JSON.parse(await platform.kubectl('get', 'serviceaccount', 'keyrota', '-o', 'json'))
      const { name, namespace, labels, annotations } = account.metadata
      const begin = () => platform.kubectl('create', 'job', 'refused', '--from=cronjob/keyrota')
      const away = await disturb(
        ['keyrota.dev/rotate=a token that is not valid any more'],
        begin,
        async () => {
          const from = Date.now()
          await platform.kubectl('delete', 'serviceaccount', 'keyrota')
          await platform.own.apply({ ...account, metadata: { name, namespace, labels, annotations } })
          return { from, to: Date.now() }
        },
      )
      const { exitCode, log } = await platform.podEnd('refused')
      console.info(`a run whose token is refused: exit code ${exitCode}`)
      assert.equal(exitCode, 4, log)
      assert.match(log, /the API server refused the credentials \(401\)\n +Check that the token/)
      const next = await platform.runJob('refused-next')
      assert.equal(next.exitCode, 0, next.log)
      await assertEnded(before, away)
    },
    SCENE_LIMIT_MS,
  )
})

describe('serve', () => {
  beforeAll(() => web.serve(2), SCENE_LIMIT_MS)

  test.each(disturbances)(
    '%s: it goes on, and no pod is restarted',
    async (what, outage) => {
      const [before, id] = [await platform.held(SECRET), await lastId()]
      const away = await disturb(leaked(`${what}, with serve`), async () => undefined, outage)
      const { end } = await web.ended(id)
      assert.equal(end, 'completed')
      await assertEnded(before, away)
      const pods = JSON.parse(
        await platform.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=serve', '-o', 'json'),
      ).items as { status: { containerStatuses: { restartCount: number }[] } }[]
      const restarts = pods.map(({ status }) => status.containerStatuses[0]?.restartCount)
      assert.deepEqual(restarts, [0, 0])
      console.info(`serve while ${what}: ended ${Date.now() - away.to} ms after the outage`)
    },
    SCENE_LIMIT_MS,
  )
})
