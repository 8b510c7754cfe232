/* Consumer `command`: the law, and what is special about programs. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make } from '../../../providers/consumers/command/index.ts'
import { options } from '../../../providers/consumers/command/options.ts'
import { type ConsumerFixture, consumerLaw } from '../../laws/consumer.ts'

const context = { name: 'worker', stateFolder: '/nowhere' }
const about = { mark: 'k7f3-r1-1', after: 0 }
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'))
})
afterEach(() => {
  delete process.env.PLANTED_TOKEN
  delete process.env.PASSED_ON
  rmSync(folder, { recursive: true })
})

function makeConsumer(settings: Record<string, unknown>) {
  return make(options.parse({ ready: ['true'], folder, ...settings }), context)
}

/** A ready command that runs this shell script; only tests start a shell. */
function shell(text: string): string[] {
  return ['/bin/sh', '-c', text, 'sh', '{mark}']
}

async function makeFixture(): Promise<ConsumerFixture> {
  const [ready, restart] = [join(folder, 'ready'), join(folder, 'restart')]
  const script = (file: string, lines: string) => {
    const count = `echo "$0 $1" >> ${join(folder, 'asked')}`
    writeFileSync(file, `#!/bin/sh\n${count}\n${lines}\n`)
    chmodSync(file, 0o700)
  }
  const asked = () =>
    existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : []
  const codes = { ready: 0, progressing: 75, failed: 1 }
  async function switchBoth(lines: string): Promise<() => Promise<void>> {
    script(ready, lines)
    script(restart, lines)
    return async () => script(ready, 'true')
  }
  await switchBoth('true')
  return {
    consumer: makeConsumer({ ready: [ready], restart: [restart, '{mark}'] }),
    become: async ({ is, reports = '' }) =>
      script(ready, `echo starting\necho '${reports}'\nexit ${codes[is]}`),
    hang: () => switchBoth('sleep 30'),
    lose: () => switchBoth('kill -9 $$'),
    restarts: async () =>
      asked()
        .filter((line) => line.startsWith(`${restart} `))
        .map((line) => line.slice(restart.length + 1)),
    requestCount: async () => asked().length,
  }
}

describe('the law of consumers', () => {
  for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

describe('the last line that ready prints', () => {
  test.each([
    ['9f86d081884c7d65', { fingerprint: '9f86d081884c7d65' }],
    ['fingerprint=9F86D081884C7D65', { fingerprint: '9f86d081884c7d65' }],
    ['all is well\n\nfingerprint=9f86d081884c7d65\n\n', { fingerprint: '9f86d081884c7d65' }],
    ['9f86d081884c7d65\nall is well', {}],
    [
      '{"fingerprint": "9f86d081884c7d65", "startedAt": "2026-11-22T10:00:00Z"}',
      { fingerprint: '9f86d081884c7d65', oldestStart: Date.UTC(2026, 10, 22, 10) },
    ],
    ['{"startedAt": 1700000000}', { oldestStart: 1_700_000_000_000 }],
    ['{"startedAt": 1700000000123}', { oldestStart: 1_700_000_000_123 }],
    ['{"startedAt": "2026-11-22T10:00:00"}', {}],
    ['{"fingerprint": ', {}],
    ['{"fingerprint": 7, "startedAt": -1}', {}],
    ['', {}],
  ])('%j reports %j', async (printed, reported) => {
    writeFileSync(join(folder, 'printed'), printed)
    expect(await makeConsumer({ ready: ['cat', 'printed'] }).ready(about, call)).toEqual({
      is: 'ready',
      ...reported,
    })
  })

  test('is ignored after more than 64 KiB', async () => {
    const consumer = makeConsumer({ ready: shell('while :; do echo 9f86d081884c7d65; done') })
    await expect(consumer.ready(about, call)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('65536'),
    })
  })
})

describe('a program', () => {
  test('gets its arguments as they are, without a shell', async () => {
    const consumer = makeConsumer({ restart: ['touch', '$(touch owned)', 'a b;{mark}'] })
    await consumer.restart?.('k7f3-r1-1', call)
    expect([existsSync(join(folder, '$(touch owned)')), existsSync(join(folder, 'a b;k7f3-r1-1'))]).toEqual([
      true,
      true,
    ])
    expect(existsSync(join(folder, 'owned'))).toBe(false)
  })

  test('gets only the listed part of our environment', async () => {
    process.env.PLANTED_TOKEN = 'must not be passed'
    process.env.PASSED_ON = 'may be passed'
    await makeConsumer({ restart: shell('env > env'), passEnv: ['PASSED_ON'] }).restart?.('m', call)
    const names = readFileSync(join(folder, 'env'), 'utf8').match(/^\w+(?==)/gm) ?? []
    const ownOfTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_']
    const listed = ['PATH', 'HOME', 'LANG', 'TZ', 'PASSED_ON'].filter(
      (name) => process.env[name] !== undefined,
    )
    expect(names.filter((name) => !ownOfTheShell.includes(name)).sort()).toEqual(listed.sort())
  })

  test('that exits with an unlisted code has failed; the code for not ready yet can be set', async () => {
    const consumer = makeConsumer({ ready: shell('exit 7') })
    expect(await consumer.ready(about, call)).toEqual({
      is: 'failed',
      why: 'the ready command exited with 7',
    })
    const patient = makeConsumer({ ready: shell('exit 7'), progressingExit: 7 })
    expect(await patient.ready(about, call)).toMatchObject({ is: 'progressing' })
  })

  test('that cannot be started is a config error', async () => {
    const consumer = makeConsumer({ ready: ['no-such-program-here'], restart: ['/'] })
    await expect(consumer.ready(about, call)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    await expect(consumer.restart?.('m', call)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    const nowhere = makeConsumer({ ready: ['true'], folder: '/nowhere/at/all' })
    await expect(nowhere.ready(about, call)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('that fails to restart may have had an effect, and its output is not repeated', async () => {
    const consumer = makeConsumer({ restart: shell('echo printed-by-it; echo printed-by-it >&2; exit 3') })
    const error = await consumer.restart?.('m', call).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'unavailable', effect: 'unknown' })
    expect(JSON.stringify(error) + String(error)).not.toContain('printed-by-it')
  })

  test('that takes too long is killed with everything it started', async () => {
    const consumer = makeConsumer({ restart: shell('sleep 30 & echo $! > child; wait'), limit: '300ms' })
    await expect(consumer.restart?.('m', call)).rejects.toMatchObject({
      code: 'unavailable',
      effect: 'unknown',
      message: expect.stringContaining('300 ms'),
    })
    const pid = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false))
  })

  test('that exited leaves running what it started, without further waiting', async () => {
    const consumer = makeConsumer({ ready: shell('sleep 5 & echo $! > child; echo 9f86d081884c7d65') })
    const startedAt = performance.now()
    expect(await consumer.ready(about, call)).toEqual({ is: 'ready', fingerprint: '9f86d081884c7d65' })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    const pid = Number(readFileSync(join(folder, 'child'), 'utf8'))
    expect(isRunning(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })
})

test('without a restart the consumer reloads the key itself', () => {
  expect(makeConsumer({})).not.toHaveProperty('restart')
})

test.each([
  ['a command line in one string', { ready: 'systemctl is-active worker' }],
  ['no program', { ready: [] }],
  ['an empty program', { ready: [''] }],
  ['a mark as the program', { ready: ['{mark}'] }],
  ['a null character', { ready: ['true', 'a\0b'] }],
  ['a relative folder', { ready: ['true'], folder: 'here' }],
  ['an assignment as a name', { ready: ['true'], passEnv: ['A=b'] }],
  ['success as not ready', { ready: ['true'], progressingExit: 0 }],
])('%s is refused at load', (_, settings) => {
  expect(options.safeParse(settings).success).toBe(false)
})

/** Whether the process lives; one that was killed and not yet waited for does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return false
    throw error
  }
}
