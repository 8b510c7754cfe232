/* Consumer `systemd`: the law, what systemctl is told, and each state of a unit. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make } from '../../../../providers/consumers/systemd/index.ts'
import { options } from '../../../../providers/consumers/systemd/options.ts'
import { type ConsumerFixture, consumerLaw } from '../../../laws/consumer.ts'
import {
  makeSystemctl,
  running,
  type SystemctlStandIn,
  UNIT,
} from '../../../shared/stand-ins/systemd/systemctl.ts'

const context = { name: 'worker', stateFolder: '/nowhere' }
const about = { mark: 'k7f3-r1-1', after: 0 }
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }

let folder: string
let systemctl: SystemctlStandIn
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'systemd-'))
  systemctl = makeSystemctl(folder)
  systemctl.set({ properties: running })
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function makeConsumer(settings: Record<string, unknown> = {}) {
  return make(options.parse({ unit: UNIT, systemctl: systemctl.path, ...settings }), context)
}

function makeReporter(): { path: string; report(text: string): void } {
  const [path, log] = [join(folder, 'reporter'), join(folder, 'reporter.log')]
  const report = (text: string) => {
    writeFileSync(path, `#!/bin/sh\necho run >> ${log}\necho '${text}'\n`)
    chmodSync(path, 0o700)
  }
  report('')
  return { path, report }
}

async function makeFixture(): Promise<ConsumerFixture> {
  const reporter = makeReporter()
  const states = {
    ready: running,
    progressing: { ...running, ActiveState: 'activating', SubState: 'start' },
    failed: { ...running, ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', ExecMainCode: 1 },
  }
  const switchTo = async (lines: string) => {
    systemctl.behave(lines)
    return async () => systemctl.set({ properties: running })
  }
  return {
    consumer: makeConsumer({ fingerprint: [reporter.path] }),
    async become({ is, reports = '' }) {
      systemctl.set({ properties: states[is] })
      reporter.report(reports)
    },
    hang: () => switchTo('sleep 30'),
    lose: () => switchTo('kill -9 $$'),
    restarts: async () =>
      systemctl
        .runs()
        .filter(({ words }) => words.includes(' restart '))
        .map(({ mark }) => mark),
    async requestCount() {
      const log = join(folder, 'reporter.log')
      const reported = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0
      return systemctl.runs().length + reported
    },
  }
}

describe('the law of consumers', () => {
  for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

describe('what systemctl is told', () => {
  test('is one unit, by arguments that no shell and no other option reads', async () => {
    await makeConsumer().restart?.('m1', call)
    await makeConsumer({ user: true, restart: 'reload' }).restart?.('m2', call)
    await makeConsumer().ready(about, call)
    expect(systemctl.runs().map(({ words }) => words)).toEqual([
      `--no-pager --no-ask-password --no-block restart -- ${UNIT}`,
      `--user --no-pager --no-ask-password --no-block reload -- ${UNIT}`,
      expect.stringMatching(new RegExp(`^--no-pager show --property=LoadState,[A-Za-z,]+ -- ${UNIT}$`)),
    ])
  })

  test('stands in an environment without secrets, with a PATH of its own', async () => {
    vi.stubEnv('MANAGEMENT_TOKEN', 'must not be passed')
    vi.stubEnv('PATH', `/tmp/elsewhere:${process.env.PATH}`)
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/7')
    await makeConsumer().ready(about, call)
    expect(systemctl.environment()).not.toHaveProperty('MANAGEMENT_TOKEN')
    expect(systemctl.environment()).not.toHaveProperty('XDG_RUNTIME_DIR')
    expect(systemctl.environment().PATH).not.toContain('elsewhere')
    await makeConsumer({ user: true }).ready(about, call)
    expect(systemctl.environment().XDG_RUNTIME_DIR).toBe('/run/user/7')
  })

  test.each([
    'worker',
    'worker.timer',
    '-f.service',
    'a b.service',
    '../x.service',
    'a.service b.service',
    '*.service',
  ])('is never %j', (unit) => {
    expect(options.safeParse({ unit }).success).toBe(false)
  })

  test('is nothing where the service reads its key by itself', () => {
    expect(makeConsumer({ restart: 'never' }).restart).toBeUndefined()
  })

  test.each([
    [1, { code: 'unavailable', effect: 'unknown' }],
    [4, { code: 'denied', effect: 'none' }],
    [5, { code: 'not_found', effect: 'none' }],
  ])('exit code %i of a restart is %j, with the command that shows why', async (exit, expected) => {
    systemctl.set({ exit })
    await expect(makeConsumer().restart?.('m', call)).rejects.toMatchObject({
      ...expected,
      nextStep: expect.stringContaining(`systemctl restart ${UNIT}`),
    })
  })
})

describe('a unit', () => {
  const failed = { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' }
  test.each([
    ['that a restart is queued for', { ...failed, Job: 17 }, 'progressing', /not restarted it yet/],
    [
      'between two starts',
      {
        ActiveState: 'activating',
        SubState: 'auto-restart',
        Result: 'exit-code',
        ExecMainCode: 1,
        ExecMainStatus: 3,
        NRestarts: 2,
      },
      'progressing',
      /exit code 3, after 2 automatic restarts/,
    ],
    [
      'that starts',
      { ActiveState: 'activating', SubState: 'start-pre' },
      'progressing',
      /activating, start-pre/,
    ],
    ['that reloads', { ActiveState: 'reloading', SubState: 'reload' }, 'progressing', /reloading/],
    ['that is stopped', { ActiveState: 'inactive', SubState: 'dead' }, 'progressing', /stopped/],
    [
      'that is masked',
      { LoadState: 'masked', ActiveState: 'inactive', SubState: 'dead' },
      'progressing',
      /masked/,
    ],
    [
      'in a state of a later systemd',
      { ActiveState: 'a state with spaces', SubState: '' },
      'progressing',
      /unknown state/,
    ],
    ['whose process ended', { SubState: 'exited', Type: 'simple' }, 'failed', /RemainAfterExit/],
    ['that ended with a code', { ...failed, ExecMainCode: 1, ExecMainStatus: 78 }, 'failed', /exit code 78/],
    [
      'that a signal killed',
      { ...failed, Result: 'signal', ExecMainCode: 2, ExecMainStatus: 11 },
      'failed',
      /signal 11/,
    ],
    [
      'that dumped core',
      { ...failed, Result: 'core-dump', ExecMainCode: 3, ExecMainStatus: 6 },
      'failed',
      /core dump/,
    ],
    [
      'that was too large',
      { ...failed, Result: 'oom-kill', ExecMainCode: 2, ExecMainStatus: 9 },
      'failed',
      /memory/,
    ],
    ['that was too slow', { ...failed, Result: 'timeout' }, 'failed', /time limit/],
    ['that its watchdog ended', { ...failed, Result: 'watchdog' }, 'failed', /watchdog/],
    [
      'that started too often',
      { ...failed, Result: 'start-limit-hit', NRestarts: 5 },
      'failed',
      /too often.*after 5/,
    ],
    ['whose files are missing', { ...failed, Result: 'resources' }, 'failed', /file of its unit/],
  ])('%s', async (_, properties, is, why) => {
    systemctl.set({ properties: { ...running, ...properties } })
    const readiness = await makeConsumer().ready(about, call)
    expect(readiness).toEqual({ is, why: expect.stringMatching(why) })
  })

  test('of type oneshot is ready when its process has ended', async () => {
    systemctl.set({ properties: { ...running, SubState: 'exited', Type: 'oneshot' } })
    expect(await makeConsumer().ready(about, call)).toEqual({ is: 'ready' })
  })

  test('that does not exist is an error that names it, and no failure of the key', async () => {
    systemctl.set({ properties: { LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' } })
    await expect(makeConsumer().ready(about, call)).rejects.toMatchObject({
      code: 'not_found',
      effect: 'none',
    })
  })

  test.each(['exit 1', 'echo nonsense'])(
    'that systemctl cannot tell about (%s) is unknown',
    async (lines) => {
      systemctl.behave(lines)
      await expect(makeConsumer().ready(about, call)).rejects.toMatchObject({
        code: 'unavailable',
        effect: 'none',
      })
    },
  )
})
