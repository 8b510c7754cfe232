/*
 * The pod of a run is killed a moment after a commit, again and again, and each next run goes on with the rotation. The
 * moments are drawn by a seed, which is printed; KEYROTA_SEED repeats them.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { type Commit, followKey } from '../../shared/rigs/platform/follow-key.ts'
import { findProcesses, killProcesses } from '../../shared/rigs/platform/kill-pod.ts'
import { Platform } from '../../shared/rigs/platform/platform.ts'
import { KEY, SECRET, Web } from '../../shared/rigs/platform/web.ts'
import { seedRandom } from '../../shared/seeded-random.ts'

const START_LIMIT_MS = 600_000
const SCENE_LIMIT_MS = 480_000
const KILLS = 6
/** A run that was too quick for its killer counts for nothing. */
const MAX_RUNS = 12
const MAX_COMMITS = 3
const MAX_DELAY_MS = 400
const KILLED = 137

const seed = Number(process.env.KEYROTA_SEED ?? Date.now() % 1_000_000)
const characters = seedRandom(seed)
/** A number from 0 to below 1. */
const random = () => Number.parseInt(characters(6), 36) / 36 ** 6
const platform = new Platform()
const web = new Web(platform, { defaults: { lease: '12s', callLimit: '5s' } })

beforeAll(async () => {
  await platform.start()
  await web.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

/** A new key whose value is lost with its process counts as a try, and after three of them a person is asked. */
const MAX_LOST_KEYS = 2
/** Steps in which the new key is in its Secret. */
const isStored = ({ step }: Commit) => ['validate', 'revoke', 'finish'].includes(step)
/** The present rotation: what the Secret held before it, and how often it was killed with the only copy of a new key. */
const rotation = { held: '', lostKeys: 0 }

/** Asks for a rotation if none is under way, and answers the revision of the record. */
async function readRevision(run: number): Promise<number> {
  const { status } = await platform.managedKey(KEY)
  if (!status.rotation) {
    rotation.held = await platform.held(SECRET)
    rotation.lostKeys = 0
    await web.annotate('--overwrite', `keyrota.dev/rotate=run ${run} is killed`)
  }
  return status.journal.revision
}

/** Calls back once the pod of this job has made its `nth` commit. Returns a function that ends the watch. */
function followJob(job: string, from: number, reached: (commit: Commit) => void): () => void {
  const { namespace, kubeconfig } = platform.own
  return followKey({ namespace, kubeconfig, key: KEY }, (commit) => {
    if (!commit.holder.startsWith(`${job}-`) || commit.revision < from) return
    if (rotation.lostKeys < MAX_LOST_KEYS || isStored(commit)) reached(commit)
  })
}

async function processesOf(job: string): Promise<{ uid: string; pids: number[] }> {
  return await platform.until(`the process of ${job}`, async () => {
    const uid = (await platform.podsOf(job))[0]?.metadata.uid
    const pids = uid === undefined ? [] : await findProcesses(uid)
    return uid === undefined || pids.length === 0 ? undefined : { uid, pids }
  })
}

/** Kills the pod of a run `delayMs` after its `nth` commit; null if it had ended before. */
async function killRun(run: number, nth: number, delayMs: number): Promise<Commit | null> {
  const job = `killed-${run}`
  const wanted = Promise.withResolvers<Commit>()
  const stop = followJob(job, (await readRevision(run)) + nth, wanted.resolve)
  await platform.kubectl('create', 'job', job, '--from=cronjob/keyrota')
  const { uid, pids } = await processesOf(job)
  const ended = platform.podEnd(job)
  const commit = await Promise.race([wanted.promise, ended.then(() => null)])
  stop()
  if (commit !== null) await sleep(delayMs)
  await killProcesses(uid, pids)
  const { exitCode, log } = await ended
  assert.ok(exitCode === KILLED || exitCode === 0, `${job} ended with ${exitCode}\n${log}`)
  if (exitCode !== KILLED || commit === null) return null
  if ((await platform.held(SECRET)) === rotation.held) rotation.lostKeys += 1
  return commit
}

test(
  'each next run finishes what a killed one began: one key lives, and no call is refused',
  async () => {
    console.info(`seed ${seed}`)
    const killed: string[] = []
    for (let run = 0; run < MAX_RUNS && killed.length < KILLS; run += 1) {
      const [nth, delayMs] = [1 + Math.floor(random() * MAX_COMMITS), Math.floor(random() * MAX_DELAY_MS)]
      const commit = await killRun(run, nth, delayMs)
      if (commit)
        killed.push(`${delayMs} ms after commit ${commit.revision} (${commit.step || 'the last one'})`)
    }
    console.info(`killed:\n${killed.join('\n')}`)
    assert.equal(killed.length, KILLS)
    const last = await platform.runJob('last')
    assert.equal(last.exitCode, 0, last.log)
    const { status } = await platform.managedKey(KEY)
    console.info(`the rotation of the last one ended: ${status.lastRotation.end}`)
    assert.equal(status.rotation, undefined)
    await web.assertSafe()
  },
  SCENE_LIMIT_MS,
)
