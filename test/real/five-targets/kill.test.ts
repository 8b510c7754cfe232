import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage } from '../../../.ci/build.ts'
import { run } from '../../../src/service/run.ts'
import {
  endOf,
  type KillPoint,
  listKillPoints,
  type Program,
  proxiesOf,
  sayPoint,
  startRotation,
} from '../../shared/rigs/five-targets/kill-points.ts'
import { type FiveRig, makeFiveRig, SIBLING } from '../../shared/rigs/five-targets/rig.ts'
import { type FiveServers, openFiveServers } from '../../shared/rigs/five-targets/servers.ts'

/** Rotations that are killed and taken up again at the same time; most of their time is waiting for leases. */
const AT_ONCE = 8
const LIMIT_MS = 20 * 60_000

const defaults = { overlap: '100ms', callLimit: '2s', lease: '4s', retryMin: '50ms', retryMax: '200ms' }

interface Scene {
  readonly name: string
  readonly ends: 'completed' | 'rolled-back'
  readonly prepare: (rig: FiveRig) => void
  /** The request to the fleet from which on points count. */
  readonly from?: (request: { method: string }) => boolean
}

const scenes: readonly Scene[] = [
  { name: 'the rotation', ends: 'completed', prepare: () => undefined },
  {
    name: 'its rollback',
    ends: 'rolled-back',
    prepare: (rig) => rig.fleet.failUnlessOn(rig.oldKey),
    from: ({ method }) => method === 'GET',
  },
]

let servers: FiveServers
let program: Program
const folder = mkdtempSync(join(tmpdir(), 'keyrota-kill-'))

beforeAll(async () => {
  // The package as it is published: hundreds of processes start twice as fast from there.
  await buildPackage(join(folder, 'package'))
  servers = await openFiveServers()
  const env = { ...(await servers.environment()), XDG_CACHE_HOME: join(folder, 'cache') }
  program = { main: join(folder, 'package', 'keyrota.js'), env }
})
afterAll(async () => {
  await servers.close()
  rmSync(folder, { recursive: true })
})

async function makeRig(scene: Scene): Promise<FiveRig> {
  const rig = await makeFiveRig(servers, { defaults, fleetPauseMs: 40 })
  for (const [, proxy] of proxiesOf(rig)) proxy.forget()
  scene.prepare(rig)
  return rig
}

/** One whole run that nothing disturbs, and every moment of it. */
async function findPoints(scene: Scene): Promise<KillPoint[]> {
  const rig = await makeRig(scene)
  try {
    let commits = 0
    const begun = new Map<string, number>()
    const begin = async () => {
      for (const [place, { requests }] of proxiesOf(rig)) begun.set(place, requests.length)
      begun.set('journal', commits)
    }
    if (scene.from) rig.fleetProxy.arm({ action: { kind: 'meanwhile', run: begin }, when: scene.from })
    const child = startRotation(rig, program, { onCommit: (count) => (commits = count) })
    await endOf(child)
    await assertEnded(rig, scene)
    const seen = proxiesOf(rig).map(([place, { requests }]) => {
      return { place, requests: [...requests], from: begun.get(place) ?? 0 }
    })
    return listKillPoints(seen, { from: begun.get('journal') ?? 0, count: commits })
  } finally {
    await rig.close()
  }
}

/** One key lives, every target holds it, the journal says so, and no consumer was ever refused. */
async function assertEnded(rig: FiveRig, scene: Scene): Promise<string> {
  const record = await rig.record()
  assert.equal(record.rotation, null, `it stands: ${JSON.stringify(record.rotation?.hold)}`)
  assert.deepEqual(await rig.held(), [record.current?.fingerprint])
  assert.deepEqual(rig.live(), [record.current?.fingerprint])
  assert.deepEqual(record.debts, [])
  for (const { store } of rig.targets) assert.equal((await rig.fields(store)).SIBLING, SIBLING)
  assert.equal(rig.fleet.calls.refused, 0)
  assert.ok(rig.fleet.calls.accepted > 5)
  if (record.last) assert.equal(record.last.end, scene.ends)
  else assert.equal(record.current?.fingerprint, rig.oldKey)
  return record.last?.end ?? 'not begun'
}

interface Told {
  point: KillPoint
  end: string
  wasKilled: boolean
  calls: number
}

async function dieAndGoOn(scene: Scene, point: KillPoint): Promise<Told> {
  let rig: FiveRig | undefined
  try {
    rig = await makeRig(scene)
    const killed = await endOf(startRotation(rig, program, { point }))
    await goOn(rig)
    const end = await assertEnded(rig, scene)
    return { point, end, wasKilled: killed === 'killed', calls: rig.fleet.calls.accepted }
  } catch (error) {
    const end = `FAILED: ${error instanceof Error ? error.message : error}`
    return { point, end, wasKilled: true, calls: 0 }
  } finally {
    await rig?.close()
  }
}

/** As the next runs from cron would, until nothing is left to do. */
async function goOn(rig: FiveRig): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await rig.using(({ context }) => run(context))
    if (!(await rig.record()).rotation) return
  }
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}

for (const scene of scenes) {
  test(
    `${scene.name}, killed at every request and commit, ends right with one key alive`,
    async () => {
      const points = await findPoints(scene)
      const started = performance.now()
      const told = await inTurns(points, (point) => dieAndGoOn(scene, point))
      const failed = told.filter(({ end }) => end.startsWith('FAILED'))
      const missed = told.filter(({ wasKilled }) => !wasKilled)
      const ends = Object.entries(Object.groupBy(told, ({ end }) => end.slice(0, 20)))
      const seconds = Math.round((performance.now() - started) / 1000)
      console.log(
        `${scene.name}: ${points.length} points in ${seconds} s; ${ends.map(([end, of]) => `${of?.length} ${end}`).join(', ')}; ` +
          `${missed.length} points were not reached; the fleet made ${told.reduce((sum, { calls }) => sum + calls, 0)} calls`,
      )
      expect(failed.map(({ point, end }) => `${sayPoint(point)}: ${end}`)).toEqual([])
      expect(missed.length, missed.map(({ point }) => sayPoint(point)).join('\n')).toBeLessThan(
        points.length / 10,
      )
      expect(points.length).toBeGreaterThan(80)
    },
    LIMIT_MS,
  )
}
