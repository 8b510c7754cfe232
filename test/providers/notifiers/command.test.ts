/* Notifier `command`: the law, and what the program is given. */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { make } from '../../../providers/notifiers/command/index.ts'
import { options } from '../../../providers/notifiers/command/options.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { type NotifierFixture, notifierLaw } from '../../laws/notifier.ts'

const event: NotifyEvent = {
  at: 0,
  level: 'alarm',
  key: 'web',
  kind: 'drift',
  message: "it's $HOME; `date` \u202e",
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tell-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function program(lines: string): string {
  const path = join(folder, 'tell')
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o700)
  return path
}

const TAKE = 'cat >> "$(dirname "$0")/taken"'

function makeNotifier(lines: string, more: object = {}) {
  return make(options.parse({ run: [program(lines)], ...more }), { name: 'board' })
}

function taken(): string[] {
  const path = join(folder, 'taken')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

async function makeFixture(): Promise<NotifierFixture> {
  return {
    notifier: makeNotifier(TAKE),
    arrived: async () => taken(),
    lose: async () => {
      program('exit 1')
      return async () => void program(TAKE)
    },
  }
}

describe('the law of notifiers', () => {
  for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

test('the event comes on standard input, with the id of the message, and reads back as it was', async () => {
  await makeNotifier(TAKE).notify(event, { id: 'msg_1', signal: new AbortController().signal })
  expect(JSON.parse(taken()[0] ?? '')).toEqual({
    id: 'msg_1',
    time: '1970-01-01T00:00:00.000Z',
    ...{ level: 'alarm', kind: 'drift', message: event.message, key: 'web' },
  })
})

test('nothing of it is in arguments or environment', async () => {
  await makeNotifier('{ echo "$@"; env; } > "$(dirname "$0")/taken"; cat > /dev/null').notify(event)
  expect(taken().join('\n')).not.toMatch(/drift|web|alarm/)
})

test.each([
  ['exit 65', 'invalid'],
  ['exit 2', 'unavailable'],
  ['kill -9 $$', 'unavailable'],
  ['sleep 20', 'unavailable'],
])('%s is %s', async (lines, code) => {
  await expect(makeNotifier(lines, { limit: '300ms' }).notify(event)).rejects.toMatchObject({
    name: 'ProviderError',
    code,
  })
})

test('a program that reads nothing has taken the event if it says so', async () => {
  const long = { ...event, evidence: Array.from({ length: 5 }, () => 'x'.repeat(5_000)) }
  expect(await makeNotifier('exit 0').notify(long)).toEqual({ said: 'exit code 0' })
})
