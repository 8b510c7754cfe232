import { afterEach, describe, expect, it, test } from 'vitest'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { LiveSecrets } from '../../../src/telemetry/log/live-secrets.ts'
import { type Log, type LogOptions, openLog } from '../../../src/telemetry/log/log.ts'
import { makeRig } from '../../engine/harness.ts'

const NOW = Date.UTC(2026, 10, 27, 12)
const value = 'sk-live-4f9d0c5b"/ü+7e21a8d6'
let log: Log | null = null

afterEach(() => log?.close())

function open(options: Partial<LogOptions> = {}): { log: Log; lines: string[] } {
  const lines: string[] = []
  const stream = { writableLength: 0, write: (line: string) => lines.push(line) }
  const opened = openLog({ level: 'debug', format: 'json', stream, clock: { wallMs: () => NOW }, ...options })
  log = opened
  return { log: opened, lines }
}

const FIELDS = {
  time: 'string',
  level: 'string',
  msg: 'string',
  key: 'string',
  rotation: 'string',
  step: 'string',
  provider: 'string',
  verb: 'string',
  code: 'string',
  durationMs: 'number',
  kind: 'string',
  until: 'string',
  next: 'string',
} as const

test('a word that is only compared with the keys stays readable', async () => {
  const { log: opened, lines } = open()
  const note = 'everybody on this machine can read /srv/services/renderer-production.env'
  const rig = makeRig({
    wrapStore: (store) =>
      Object.assign(Object.create(store), {
        check: async (...words: Parameters<typeof store.check>) => {
          const checked = await store.check(...words)
          return { ...checked, notes: [note] }
        },
      }),
  })
  await rig.rotate({}, { ...rig.context, watch: opened.watcher })
  expect(lines.some((line) => line.includes(note))).toBe(true)
  expect(lines.filter((line) => line.includes('[secret]'))).toEqual([])
})

test('a whole rotation is told in lines of known fields', async () => {
  const { log: opened, lines } = open()
  const rig = makeRig()
  await rig.rotate({}, { ...rig.context, watch: opened.watcher })
  const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(parsed.length).toBeGreaterThan(20)
  for (const [index, fields] of parsed.entries()) {
    expect(lines[index]).toMatch(/^\{.*\}\n$/)
    expect(fields).toMatchObject({ time: '2026-11-27T12:00:00.000Z', msg: expect.stringMatching(/./) })
    for (const [name, field] of Object.entries(fields)) {
      expect(FIELDS).toHaveProperty(name)
      expect(typeof field).toBe(FIELDS[name as keyof typeof FIELDS])
    }
  }
  const calls = parsed.filter(({ verb, durationMs }) => verb && durationMs !== undefined)
  expect(calls.length).toBeGreaterThan(5)
  expect(calls.every(({ key, provider, code }) => key && provider && code)).toBe(true)
  expect(parsed.filter(({ kind }) => kind === 'left-step').map(({ step }) => step)).toEqual([
    'preflight',
    'create',
    'deploy',
    'validate',
    'revoke',
  ])
  expect(parsed.filter(({ kind }) => kind === 'ended')).toMatchObject([{ key: 'video', code: 'completed' }])
  expect(new Set(parsed.flatMap(({ rotation }) => rotation ?? [])).size).toBe(1)
  const content = JSON.stringify(rig.secrets.contentOf('app-0'))
  for (const held of content.match(/[\w-]{12,}/g) ?? []) expect(lines.join('')).not.toContain(held)
})

describe('a value that a text repeats', () => {
  const forms: [string, string][] = [
    ['as it is', value],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in an address', encodeURIComponent(value)],
    ['in a form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['in base64', Buffer.from(value).toString('base64')],
    ['after a user in base64', Buffer.from(`user:${value}`).toString('base64')],
    ['in base64url', Buffer.from(value).toString('base64url')],
    ['in hex', Buffer.from(value).toString('hex')],
  ]
  it.each(forms)('%s is not logged', (_name, form) => {
    const { log: opened, lines } = open()
    const secret = new SecretValue(value)
    opened.line('warn', `the service said: bad token ${form} at line 1`, { key: 'a' })
    expect(lines[0]).toContain('[secret]')
    expect(lines[0]).not.toContain(form.slice(6, -4))
    expect(lines[0]).toContain('at line 1')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', key: 'a' })
    expect(secret.length).toBe(value.length)
  })

  it('is found among ten thousand others in one search of the line', () => {
    const secrets = new LiveSecrets()
    const held = Array.from(
      { length: 10_000 },
      (_, index) => new SecretValue(`${index}-${'x'.repeat(20)}-${index}`),
    )
    for (const one of held) secrets.add(one)
    const text = `before ${held[9_999]?.expose()} after`
    expect(secrets.redact(text)).toBe('before [secret] after')
    expect(secrets.redact('nothing of it')).toBe('nothing of it')
  })
})

test('a reader that stands still holds nothing up: lines are dropped, and counted in the next one', () => {
  const lines: string[] = []
  const stream = { writableLength: 0, write: (line: string) => lines.push(line) }
  const { log: opened } = open({ stream })
  opened.line('info', 'one')
  stream.writableLength = 2_000_000
  for (let count = 0; count < 5; count += 1) opened.line('info', 'lost')
  stream.writableLength = 0
  opened.line('info', 'two')
  expect(lines.map((line) => JSON.parse(line)).map(({ msg, dropped }) => dropped ?? msg)).toEqual([
    'one',
    5,
    'two',
  ])
})

test('a line for a person begins with time, level and key', () => {
  const { log: opened, lines } = open({ format: 'pretty', level: 'info' })
  opened.line('debug', 'not this one')
  opened.line('error', 'the store is down', { key: 'video', code: 'unavailable', durationMs: 12 })
  expect(lines).toEqual(['12:00:00.000 ERROR video: the store is down  code=unavailable durationMs=12\n'])
})
