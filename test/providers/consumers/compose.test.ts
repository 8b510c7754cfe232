/* Consumer `compose`: the law, what docker is told, and what the containers' states mean. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { INSPECT_FORMAT } from '../../../providers/consumers/compose/containers.ts'
import { make } from '../../../providers/consumers/compose/index.ts'
import { options } from '../../../providers/consumers/compose/options.ts'
import { type ConsumerFixture, consumerLaw } from '../../laws/consumer.ts'
import {
  type DockerStandIn,
  FILE,
  makeDocker,
  REPORTER,
  SERVICE,
  type StandInContainer,
} from '../../shared/stand-ins/docker/docker.ts'

const about = { mark: 'k7f3-r1-1', after: 0 }
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }
const [one, two] = ['a'.repeat(64), 'b'.repeat(64)] as [string, string]

let folder: string
let docker: DockerStandIn
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compose-'))
  docker = makeDocker(folder)
  docker.set([{ id: one }])
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function makeConsumer(settings: Record<string, unknown> = {}) {
  const given = { files: [FILE], service: SERVICE, docker: docker.path, ...settings }
  return make(options.parse(given), { name: 'renderer', stateFolder: '/nowhere' })
}

async function makeFixture(): Promise<ConsumerFixture> {
  const states: Record<string, Partial<StandInContainer>> = {
    ready: {},
    progressing: { health: 'starting' },
    failed: { status: 'exited', exitCode: 1 },
  }
  const switchTo = async (lines: string) => {
    docker.behave(lines)
    return async () => docker.set([{ id: one }])
  }
  return {
    consumer: makeConsumer({ fingerprint: REPORTER }),
    become: async ({ is, reports = '' }) => docker.set([{ id: one, ...states[is], reports }]),
    // The list comes, and what is asked for after it does not.
    hang: () => switchTo(`case "$*" in *" ps "*) cat ${folder}/ids ;; *) sleep 30 ;; esac`),
    lose: () => switchTo('kill -9 $$'),
    restarts: async () =>
      docker
        .runs()
        .filter(({ words }) => words.includes(' up '))
        .map(({ mark }) => mark),
    requestCount: async () => docker.runs().length,
  }
}

describe('the law of consumers', () => {
  for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

describe('a restart', () => {
  const lastWords = () => docker.runs().at(-1)?.words

  test('makes the containers anew and never restarts them, builds nothing and pulls nothing', async () => {
    await makeConsumer().restart?.('m1', call)
    expect(lastWords()).toMatch(
      /compose .* up --detach --force-recreate --no-deps --no-build --pull never renderer$/,
    )
    expect(docker.runs().map(({ words }) => words)).not.toContainEqual(expect.stringContaining(' restart '))
  })

  test('keeps the number of containers that somebody has scaled it to', async () => {
    docker.set([{ id: one }, { id: two }])
    await makeConsumer().restart?.('m1', call)
    expect(lastWords()).toMatch(/--scale renderer=2 renderer$/)
  })

  test('passes no variable on that would win over the env file', async () => {
    vi.stubEnv('API_KEY', 'the old one')
    vi.stubEnv('DOCKER_HOST', 'tcp://elsewhere:2375')
    vi.stubEnv('COMPOSE_FILE', '/elsewhere/compose.yaml')
    await makeConsumer().restart?.('m1', call)
    const names = Object.keys(docker.environment())
    for (const name of ['API_KEY', 'DOCKER_HOST', 'COMPOSE_FILE']) expect(names).not.toContain(name)
    expect(docker.environment()).toMatchObject({ KEYROTA_MARK: 'm1' })
  })

  test('that fails may have stopped something, and names the command that shows why', async () => {
    docker.behave('case "$*" in *" ps "*) ;; *) exit 18 ;; esac')
    await expect(makeConsumer().restart?.('m1', call)).rejects.toMatchObject({
      code: 'unavailable',
      effect: 'unknown',
      message: expect.stringContaining('exit code 18'),
      nextStep: expect.stringContaining(`docker compose --file ${FILE} ps`),
    })
  })

  test('takes several files, a project and env files in the order given', async () => {
    docker.behave('true')
    const many = { files: ['/a.yaml', '/b.yaml'], project: 'app', envFiles: ['/keys.env'] }
    await makeConsumer({ ...many, socket: '/run/user/7/docker.sock' }).restart?.('m1', call)
    expect(lastWords()).toMatch(
      /^--host unix:\/\/\/run\/user\/7\/docker.sock compose --file \/a.yaml --file \/b.yaml --project-name app --env-file \/keys.env --ansi never up /,
    )
  })

  test.each([
    { service: '--all' },
    { service: 'a b' },
    { project: '-p' },
    { socket: 'tcp://elsewhere' },
    { docker: 'docker' },
    { files: [] },
  ])('takes no option in place of a name: %j', (given) => {
    expect(options.safeParse({ files: [FILE], service: SERVICE, ...given }).success).toBe(false)
  })
})

describe('containers', () => {
  test.each<[string, Partial<StandInContainer>, string, RegExp]>([
    ['that waits for its health check', { health: 'starting' }, 'progressing', /not passed its health check/],
    ['that is unhealthy', { health: 'unhealthy' }, 'failed', /unhealthy/],
    ['that is created', { status: 'created' }, 'progressing', /is created/],
    ['that is paused', { status: 'paused' }, 'progressing', /is paused/],
    ['that is removed', { status: 'removing' }, 'progressing', /is removing/],
    [
      'that starts again',
      { status: 'restarting', exitCode: 3, restarts: 4 },
      'progressing',
      /exit code 3, after 4/,
    ],
    ['that ended', { status: 'exited', exitCode: 78 }, 'failed', /exit code 78/],
    ['that was too large', { status: 'exited', exitCode: 137, isOutOfMemory: true }, 'failed', /memory/],
    ['that is dead', { status: 'dead', exitCode: 1 }, 'failed', /exit code 1/],
  ])('one %s is named', async (_, state, is, why) => {
    docker.set([{ id: one }, { id: two, ...state }])
    expect(await makeConsumer().ready(about, call)).toEqual({ is, why: expect.stringMatching(why) })
    expect((await makeConsumer().ready(about, call)).why).toContain(two.slice(0, 12))
  })

  test('none is not ready', async () => {
    docker.set([])
    expect(await makeConsumer().ready(about, call)).toMatchObject({ is: 'progressing' })
  })

  test('started when the oldest of them did, and nobody knows when if one does not tell', async () => {
    docker.set([
      { id: one, startedAt: '2026-11-27T10:00:05.123456789Z', health: 'healthy' },
      { id: two, startedAt: '2026-11-27T10:00:01.5Z' },
    ])
    expect(await makeConsumer().ready(about, call)).toEqual({
      is: 'ready',
      oldestStart: Date.UTC(2026, 10, 27, 10, 0, 1, 500),
    })
    docker.set([{ id: one, startedAt: '2026-11-27T10:00:05Z' }, { id: two }])
    expect(await makeConsumer().ready(about, call)).toEqual({ is: 'ready' })
  })

  test('are ready only with one key', async () => {
    const [old, fresh] = ['9f86d081884c7d65', '60303ae22b998861']
    docker.set([
      { id: one, reports: old },
      { id: two, reports: fresh },
    ])
    const consumer = makeConsumer({ fingerprint: REPORTER })
    expect(await consumer.ready(about, call)).toMatchObject({
      is: 'progressing',
      why: expect.stringContaining('different keys'),
    })
    docker.set([
      { id: one, reports: fresh },
      { id: two, reports: fresh },
    ])
    expect(await consumer.ready(about, call)).toMatchObject({ is: 'ready', fingerprint: fresh })
    docker.set([
      { id: one, reports: fresh },
      { id: two, reports: 'sh: not found' },
    ])
    const { why, fingerprint } = await consumer.ready(about, call)
    expect(fingerprint).toBeUndefined()
    expect(why).toContain('printed no fingerprint')
  })

  test('are never asked for their environment or for the output of their health checks', () => {
    expect(INSPECT_FORMAT).not.toMatch(/Env|Config|Log|json/)
  })

  test('are asked for by the names that make the client read a missing health check as none', () => {
    expect(INSPECT_FORMAT).toContain('{{.ID}}')
    expect(INSPECT_FORMAT).not.toContain('{{.Id}}')
  })

  test.each(['echo not-an-id', 'exit 1'])('a list that is none (%s) is no answer', async (lines) => {
    docker.behave(lines)
    await expect(makeConsumer().ready(about, call)).rejects.toMatchObject({
      code: 'unavailable',
      effect: 'none',
    })
  })
})
