/* Messages to people, by the commands as they are run: tests, what is not delivered, and a process that is killed. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/gateway.ts'
import { type HttpReceiver, startReceiver } from '../shared/stand-ins/receivers/http-receiver.ts'
import { dashboardIssuer, type Installation, KEY, makeInstallation } from './installation.ts'

const OLD_KEY = 'an-old-key-of-a-test'
const SECRET_PATH = '/services/the-path-is-the-secret'
const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

interface Setup {
  installation: Installation
  receiver: HttpReceiver
  /** The program of notifier `board`, and what it has taken. */
  program: (lines: string) => void
  taken: () => string[]
}

/** A key that a person makes: a rotation of it asks for one at once. */
async function setUp(notifiers: readonly ('chat' | 'board')[]): Promise<Setup> {
  const sandbox = await startSandbox({
    managementToken: 'token-of-a-test',
    keys: [{ name: 'first', value: OLD_KEY }],
  })
  const receiver = await startReceiver(SECRET_PATH)
  const known = {
    chat: { type: 'webhook', format: 'slack', url: { env: 'CHAT_URL' } },
    board: { type: 'command', run: ['./tell.sh'] },
  }
  const installation = makeInstallation({
    config: {
      issuers: { gateway: dashboardIssuer(sandbox.url) },
      notifiers: Object.fromEntries(notifiers.map((name) => [name, known[name]])),
    },
    value: OLD_KEY,
    env: { CHAT_URL: receiver.url },
  })
  ending.push(() => sandbox.close(), receiver.close, installation.remove)
  const path = join(installation.folder, 'tell.sh')
  const takenPath = join(installation.folder, 'taken')
  return {
    installation,
    receiver,
    program: (lines) => {
      writeFileSync(path, `#!/bin/sh\n${lines}\n`)
      chmodSync(path, 0o700)
    },
    taken: () => (existsSync(takenPath) ? readFileSync(takenPath, 'utf8').trim().split('\n') : []),
  }
}

describe('notify test', () => {
  test('prints what came back, and needs no person when all took it', async () => {
    const { installation, receiver } = await setUp(['chat'])
    const { code, stdout } = await installation.run(['notify', 'test'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^chat: delivered in \d+ ms: status 200\n$/)])
    expect(receiver.arrivals[0]?.body).toContain('this is a test of the notifier chat')
  })

  test('of one that fails says why, what to do, and shows nothing of its address', async () => {
    const { installation, receiver } = await setUp(['chat'])
    receiver.answer({ status: 404 })
    const { code, stdout, stderr } = await installation.run(['notify', 'test', 'chat'])
    expect(code).toBe(4)
    expect(stdout).toMatch(/^chat: not delivered: chat: POST 127\.0\.0\.1:\d+\/\(hidden\) returned 404/)
    expect(stdout + stderr).not.toContain('the-path')
    receiver.answer({ status: 503 })
    const json = await installation.run(['notify', 'test', '--json'])
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      5,
      [expect.objectContaining({ notifier: 'chat', is: 'failed', kind: 'unavailable', exitCode: 5 })],
    ])
  })

  test('of a name that is not there suggests the one that was meant', async () => {
    const { installation } = await setUp(['chat', 'board'])
    const { code, stderr } = await installation.run(['notify', 'test', 'chta'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean chat?')])
  })
})

test('a command ends with its own result while a notifier fails; status shows it, and the next run delivers', async () => {
  const { installation, receiver } = await setUp(['chat'])
  receiver.answer({ status: 410 })
  expect((await installation.run(['rotate', KEY, '--wait', '2s'])).code).toBe(0)
  const status = await installation.run(['status', '--check'])
  expect(status.code).toBe(4)
  expect(status.stdout).toMatch(/notifiers:\n {2}chat: fails since .*; 1 message waits[\s\S]*returned 410/)
  expect(status.stdout).toContain('keyrota notify test chat')
  const list = JSON.parse((await installation.run(['notify', 'list', '--json'])).stdout)
  expect(list).toMatchObject([{ notifier: 'chat', queued: 1, failing: { code: 'not_found' } }])
  expect(JSON.stringify(list) + status.stdout).not.toContain('the-path')
})

test('a test that gets through ends the pause of its notifier, and what waited is sent at once', async () => {
  const { installation, receiver } = await setUp(['chat'])
  receiver.answer({ status: 404 })
  await installation.run(['rotate', KEY, '--wait', '2s'])
  receiver.answer({ status: 200 })
  const tested = await installation.run(['notify', 'test', 'chat'])
  expect([tested.code, tested.stdout]).toEqual([
    0,
    expect.stringMatching(/^chat: delivered in .*\n {2}and one message that waited\n$/),
  ])
  expect(receiver.arrivals.at(-1)?.body).toContain('create a key named')
  const list = JSON.parse((await installation.run(['notify', 'list', '--json'])).stdout)
  expect(list).toMatchObject([{ notifier: 'chat', queued: 0, failing: null }])
})

test('a process that is killed while it delivers: the next one delivers the message, once', async () => {
  const { installation, program, taken } = await setUp(['board'])
  program('kill -9 "$PPID"')
  const killed = await installation.run(['rotate', KEY, '--wait', '2s'])
  expect(killed.signal).toBe('SIGKILL')
  program('cat >> "$HOME/taken"')
  const next = await installation.run(['run', '--wait', '2s'])
  expect(next.signal).toBeNull()
  await installation.run(['run', '--wait', '2s'])
  expect(taken().map((line) => JSON.parse(line).kind)).toEqual(['operator-creates-key'])
})
