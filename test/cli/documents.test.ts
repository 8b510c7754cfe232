/* What a machine reads, and commands that can be typed as they are printed. */

import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { formatDocument, INSTANTS } from '../../src/cli/json-document.ts'
import { addConfig } from '../../src/cli/own-commands.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { application } from '../../src/compose.ts'
import { makeDeployed } from '../workflow/record.ts'

test('every time in a record is printed in ISO 8601', () => {
  const at = Date.parse('2026-11-27T12:00:00Z')
  const record = makeDeployed()
  const { rotation } = record
  if (!rotation) throw new Error('no rotation')
  rotation.hold = { reason: 'overlap', detail: '', since: at, until: at }
  rotation.operator = { kind: 'create', name: 'k', askedAt: at, remindAt: at, deadline: at }
  rotation.streaks.new = { verdict: 'accepted', count: 2, since: at, last: at }
  rotation.revocation = {
    state: 'answered',
    intendedAt: at,
    answeredAt: at,
    landsBy: at,
    tries: 1,
    nextTryAt: at,
  }
  rotation.compromised = { leaked: 'old', killBy: at }
  rotation.intents = [{ effect: { kind: 'restart', mark: 'm', consumer: 'c' }, at, leaseUntil: at }]
  rotation.consumers.c = { state: 'ready', restartedAt: at, tries: 1, nextTryAt: at }
  rotation.tries.probe = { count: 1, nextAt: at }
  Object.assign(record, { quietUntil: at, wakeAt: at })
  const text = formatDocument(record, (each) => each)
  expect(text).not.toMatch(/\d{13}/)
  expect(JSON.parse(text).rotation.hold).toMatchObject({ since: '2026-11-27T12:00:00.000Z' })
  expect(JSON.parse(text).rotation.streaks.new.count).toBe(2)
})

test('a time that stands for never is null, and numbers that are no times stay', () => {
  const document = { landsBy: 0, tries: 3, at: 1e300, since: null, count: 1_764_000_000_000 }
  expect(JSON.parse(formatDocument(document, (text) => text))).toEqual({ ...document, landsBy: null })
})

test.each([
  ['keyrota resume a --confirm moved', 'keyrota resume --config /etc/k.yaml a --confirm moved'],
  ['See: keyrota status a', 'See: keyrota status --config /etc/k.yaml a'],
  [
    'keyrota check, then keyrota run',
    'keyrota check --config /etc/k.yaml, then keyrota run --config /etc/k.yaml',
  ],
  ['keyrota check --config other.yaml', 'keyrota check --config other.yaml'],
  ['the key keyrota-video-k7f3', 'the key keyrota-video-k7f3'],
  ['keyrota init', 'keyrota init'],
])('%s', (text, expected) => {
  expect(addConfig(text, '/etc/k.yaml')).toBe(expected)
  expect(addConfig(text, undefined)).toBe(text)
})

test('every command that takes --config is given it where it takes it', async () => {
  const program = await makeProgram(application, [])
  const found: string[] = []
  const look = (command: Command, path: string) => {
    if (command.options.some(({ long }) => long === '--config')) found.push(path)
    for (const sub of command.commands) look(sub, `${path} ${sub.name()}`)
  }
  look(program, 'keyrota')
  expect(found).toEqual(
    expect.arrayContaining(['keyrota status', 'keyrota campaign show', 'keyrota unpause']),
  )
  for (const path of found) expect(addConfig(`${path} x`, 'k.yaml')).toBe(`${path} --config k.yaml x`)
})

test('the config is quoted, also within a document', () => {
  const say = (text: string) => addConfig(text, "my 'own' config.yaml")
  const document = { command: 'keyrota run' }
  const { command } = JSON.parse(formatDocument(document, say))
  expect(command).toBe(`keyrota run --config 'my '\\''own'\\'' config.yaml'`)
})

test('every time of the contracts is known as one', () => {
  const folder = new URL('../../src/contracts/', import.meta.url)
  const time = /\b(at|since|until|deadline|killBy|\w+(?:At|By|Until))\??: number\b/g
  const texts = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const fields = new Set(texts.flatMap((text) => [...text.matchAll(time)].map(([, field = '']) => field)))
  expect(fields.size).toBeGreaterThan(15)
  expect([...fields].filter((field) => !INSTANTS.has(field))).toEqual([])
})
