/* Notifier `log`: the law, and what is special about standard error. */

import { describe, expect, test, vi } from 'vitest'
import { make, notifyTo, type Sink } from '../../../providers/notifiers/log/index.ts'
import { options } from '../../../providers/notifiers/log/options.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { type NotifierFixture, notifierLaw } from '../../laws/notifier.ts'

const context = { name: 'log', stateFolder: '/nowhere' }
const event: NotifyEvent = {
  at: Date.UTC(2026, 10, 22, 10),
  level: 'warning',
  key: 'web',
  kind: 'operator-asked',
  message: 'a key is needed',
}

async function makeFixture(): Promise<NotifierFixture> {
  let text = ''
  let isBroken = false
  const sink: Sink = {
    write(chunk, done) {
      if (!isBroken) text += chunk
      setImmediate(done, isBroken ? new Error('write EPIPE') : null)
    },
  }
  return {
    notifier: notifyTo(sink, options.parse({}), context),
    arrived: async () => text.split('\n').slice(0, -1),
    async lose() {
      isBroken = true
      return async () => {
        isBroken = false
      }
    },
  }
}

describe('the law of notifiers', () => {
  for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

test('an event is one line of JSON on standard error, and its write errors do not end the process', async () => {
  const written: string[] = []
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(((text: string, done: () => void) => {
    written.push(text)
    done()
    return true
  }) as typeof process.stderr.write)
  const notifier = make(options.parse({}), context)
  make(options.parse({}), context)
  await notifier.notify({ ...event, command: 'keyrota supply web' })
  write.mockRestore()
  expect(written.join('')).toMatch(/^\{.*\}\n$/)
  expect(JSON.parse(written.join(''))).toEqual({
    time: '2026-11-22T10:00:00.000Z',
    level: 'warning',
    key: 'web',
    kind: 'operator-asked',
    message: 'a key is needed',
    command: 'keyrota supply web',
  })
  expect(
    process.stderr.listeners('error').filter((listener) => listener.name === 'ignoreError'),
  ).toHaveLength(1)
})

test('events below the level are not written', async () => {
  const lines: string[] = []
  const sink: Sink = {
    write(text, done) {
      lines.push(text)
      done()
    },
  }
  const notifier = notifyTo(sink, options.parse({ atLeast: 'warning' }), context)
  for (const level of ['info', 'warning', 'alarm'] as const) await notifier.notify({ ...event, level })
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warning', 'alarm'])
})

test('a pipe without a reader times out', async () => {
  vi.useFakeTimers()
  const notifying = notifyTo({ write: () => false }, options.parse({}), context).notify(event)
  const refusal = expect(notifying).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
  await vi.advanceTimersByTimeAsync(5000)
  vi.useRealTimers()
  await refusal
})

test('an escaped line reads back as the original event', async () => {
  const { notifier, arrived } = await makeFixture()
  const message = 'ü ☃ 😀 "quoted" \u001b[31m\u202e\u0085'
  await notifier.notify({ ...event, message })
  expect(JSON.parse((await arrived())[0] ?? '').message).toBe(message)
})
