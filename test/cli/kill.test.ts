import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { application } from '../../src/compose.ts'
import { JournalError, LeaseOverError } from '../../src/contracts/errors.ts'
import { bundlePrograms } from './bundle.ts'
import { SHORT_LEASE, TOKEN_NAME } from './installation.ts'
import { runAll, type Scenario, scenarios, type Verb } from './kill-scenarios.ts'
import { fingerprint } from './polling-consumer.ts'
import type { Ended } from './run-cli.ts'
import { type Stage, setStage, TOKEN } from './stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-kill-'))
const cache = join(folder, 'cache')
let program: (name: string) => string

beforeAll(async () => {
  // What runs here finds the management token where a process of its own would.
  process.env[TOKEN_NAME] = TOKEN
  program = await bundlePrograms(folder, {
    main: 'src/main.ts',
    child: fileURLToPath(new URL('./kill-child.ts', import.meta.url)),
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Trials at the same time: most of each is waiting for the lease and the quiet time of the killed process. */
const AT_ONCE = 6
/** Times a point is tried for. */
const MAX_TRIES = 4
/** Looks that may be needed after the kill. */
const MAX_LOOKS = 12

const CHANGE = / (commit|issue|revoke|disable|enable|write|retire|restart),/

interface Point {
  verb: number
  /** From 1; 0: nothing is killed. */
  at: number
  name: string
}

interface Trial {
  killed: boolean
  calls: number
  looks: number
}

/**
 * Runs a verb without a process of its own: starting one costs more than all the rest of a trial. Returns whether it
 * came to its end: on a machine that is busy elsewhere a lease this short may run out, and the next look goes on.
 */
async function runHere(stage: Stage, verb: Verb): Promise<boolean> {
  const { config, env } = stage.installation
  const stop = new AbortController().signal
  const opened = await application.open({ config, env, waitMs: 10_000, stop })
  try {
    await verb.here(opened.context)
    return true
  } catch (error) {
    if (!(error instanceof LeaseOverError) && !(error instanceof JournalError)) throw error
    return false
  } finally {
    await opened.close()
  }
}

/** Runs a verb that later ones count on, and goes on with it when its lease ran out. */
async function runWhole(stage: Stage, verb: Verb): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const isBegun = looks > 0 && (await stage.load())?.rotation != null
    if (await runHere(stage, isBegun ? runAll : verb)) return
  }
  throw new Error(`${verb.args.join(' ')} did not come to its end in ${MAX_LOOKS} looks`)
}

/** Runs the chosen verb in a process that is killed at this point, the ones before it as they are. */
async function play(scenario: Scenario, stage: Stage, point: Point): Promise<Ended> {
  const { installation } = stage
  for (const [index, prepare] of scenario.verbs.entries()) {
    const verb = await prepare(stage)
    const { args, input } = verb
    if (index < point.verb) await runWhole(stage, verb)
    else {
      const given = input === undefined ? {} : { input }
      const log = join(installation.folder, 'points.log')
      return installation.run([String(point.at), log, ...args], { ...given, entry: program('child') })
    }
  }
  throw new Error('there is no such verb')
}

/**
 * Goes on with `run`, and a person who does what is asked, until the rotation is over or was never begun. What was
 * killed with open intents is found by a process of its own.
 */
async function finish(scenario: Scenario, stage: Stage, point: Point): Promise<number> {
  const isApart = point.name.startsWith('after journal commit')
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    if (isApart) await stage.installation.run(runAll.args, { entry: program('main') })
    else await runHere(stage, runAll)
    const wanted = await scenario.help(stage)
    if (wanted) await runHere(stage, wanted)
    else if (!(await stage.load())?.rotation) return looks
  }
  throw new Error(
    `not over after ${MAX_LOOKS} looks: ${JSON.stringify((await stage.load())?.rotation?.hold)}`,
  )
}

async function tryPoint(scenario: Scenario, point: Point): Promise<Trial> {
  const stage = await setStage(scenario.issuer, cache, { defaults: SHORT_LEASE })
  try {
    scenario.begin?.(stage)
    const { signal } = await play(scenario, stage, point)
    const looks = await finish(scenario, stage, point)
    await judge(scenario, stage)
    return { killed: signal === 'SIGKILL', calls: stage.consumer.calls, looks }
  } catch (cause) {
    throw new Error(`${scenario.name}, killed ${point.name} in verb ${point.verb + 1} (point ${point.at})`, {
      cause,
    })
  } finally {
    await stage.close()
  }
}

/** On a busy machine a course of events may differ and end before the point: then it is tried again. */
async function reachPoint(scenario: Scenario, point: Point): Promise<Trial> {
  let trial = await tryPoint(scenario, point)
  for (let tries = 1; !trial.killed && tries < MAX_TRIES; tries += 1) trial = await tryPoint(scenario, point)
  return trial
}

async function judge(scenario: Scenario, stage: Stage): Promise<void> {
  const record = await stage.load()
  const isBegun = record?.last != null
  if (isBegun) expect(record?.last?.end).toBe(scenario.ends)
  const keepsOld = scenario.ends === 'rolled-back' || !isBegun
  const inFile = fingerprint(stage.value())
  expect(inFile === fingerprint(stage.oldKey.value)).toBe(keepsOld)
  expect(stage.live()).toEqual([inFile])
  expect(record?.current?.fingerprint).toBe(inFile)
  expect(record?.debts).toEqual([])
  expect(Object.keys(stage.consumer.statuses)).toEqual(['422'])
}

/**
 * The points of each verb, from a run in which nothing is killed. A look leaves the same behind before and after,
 * and so do several while nothing changes; of those with one name the first is taken.
 */
async function findPoints(scenario: Scenario): Promise<{ all: number; points: Point[] }> {
  const points = new Map<string, Point>()
  let all = 0
  for (const verb of scenario.verbs.keys()) {
    const stage = await setStage(scenario.issuer, cache, { defaults: SHORT_LEASE })
    try {
      scenario.begin?.(stage)
      await play(scenario, stage, { verb, at: 0, name: '' })
      const passed = readFileSync(join(stage.installation.folder, 'points.log'), 'utf8').trimEnd().split('\n')
      all += passed.length
      for (const [index, name] of passed.entries()) {
        const isChange = CHANGE.test(name)
        const id = `${verb} ${isChange ? name : name.replace(/^(before|after) /, '')}`
        if (!points.has(id)) points.set(id, { verb, at: index + 1, name })
      }
    } finally {
      await stage.close()
    }
  }
  return { all, points: [...points.values()] }
}

test.each(scenarios)(
  '$name survives a kill at every commit and every call',
  { timeout: 480_000 },
  async (scenario) => {
    const startedAt = performance.now()
    const { all, points } = await findPoints(scenario)
    const left = [...points]
    const trials: Trial[] = []
    const worker = async () => {
      for (let point = left.shift(); point; point = left.shift())
        trials.push(await reachPoint(scenario, point))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const killed = trials.filter((trial) => trial.killed).length
    const calls = trials.reduce((sum, trial) => sum + trial.calls, 0)
    const fewest = Math.min(...trials.map((trial) => trial.calls))
    const looks = Math.max(...trials.map((trial) => trial.looks))
    process.stdout.write(
      `${scenario.name}: ${all} points, ${points.length} of them distinct, ${killed} kills; consumers made ${calls} calls ` +
        `(${fewest} at the least), none was refused; ${looks} runs at the most; ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
    )
    expect(killed).toBeGreaterThan(points.length * 0.9)
    expect(fewest).toBeGreaterThan(10)
  },
)
