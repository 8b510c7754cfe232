/* Calendars, pauses and the log, by real commands. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { event, wrap } from '../calendars/files.ts'
import { KEY, sandboxIssuer } from './installation.ts'
import { type Stage, setStage } from './stage.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
let stage: Stage
beforeAll(async () => {
  stage = await setStage(sandboxIssuer, cache, { defaults: { quietFor: '20ms' } })
})
afterAll(async () => {
  await stage.close()
  rmSync(cache, { recursive: true, force: true })
})

function run(args: readonly string[]) {
  return stage.installation.run(args, { limitMs: 90_000 })
}

/** Changes the config as a person would. */
function edit(change: (config: { calendars?: object; keys: Record<string, object> }) => void): void {
  const { config } = stage.installation
  const written = JSON.parse(readFileSync(config, 'utf8'))
  change(written)
  writeFileSync(config, JSON.stringify(written, null, 2))
}

/** Days from today on, as a calendar writes them. */
function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
}

describe('a file of iCalendar', () => {
  const file = () => join(stage.installation.folder, 'freeze.ics')

  test('holds back what comes due while it is closed, and plan says from when to when', async () => {
    const lines = [`DTSTART;VALUE=DATE:${day(80)}`, `DTEND;VALUE=DATE:${day(120)}`, 'SUMMARY:year end']
    writeFileSync(file(), wrap(event(lines)))
    edit((config) => {
      config.calendars = { freeze: { file: 'freeze.ics', timeZone: 'Europe/Berlin' } }
      config.keys[KEY] = { ...config.keys[KEY], blackouts: ['freeze'] }
    })
    const planned = await run(['plan', '--next', '2', '--json'])
    const { starts } = JSON.parse(planned.stdout)
    expect(starts).toMatchObject([
      { key: KEY, reason: 'age', moved: { by: expect.stringContaining('(year end)') } },
      { key: KEY, moved: null },
    ])
    expect(Date.parse(starts[0].at) - Date.parse(starts[0].moved.plannedAt)).toBeGreaterThan(25 * 86_400_000)
    expect((await run(['plan', '--next', '2'])).stdout).toContain('MOVED FROM')
    const checked = await run(['check'])
    expect(checked.stdout).toMatch(/blackouts freeze\s+ok/)
  })

  test('that is broken, or gone, holds its keys and says so, and never the config', async () => {
    for (const text of ['<html>', null]) {
      if (text === null) rmSync(file())
      else writeFileSync(file(), text)
      const status = await run(['status', '--json'])
      expect(JSON.parse(status.stdout)).toMatchObject([
        { next: { at: null, why: expect.stringContaining('the calendar freeze cannot tell') } },
      ])
      const checked = await run(['check'])
      expect(checked.code).toBe(4)
      expect(checked.stdout).toContain('the calendar freeze cannot tell')
    }
  })

  test('that leaves no opening is a problem of check, and dates that do are one of the config', async () => {
    const lines = [`DTSTART;VALUE=DATE:${day(1)}`, `DTEND;VALUE=DATE:${day(200)}`]
    writeFileSync(file(), wrap(event(lines)))
    expect((await run(['check'])).stdout).toMatch(/they leave\s+no\s+opening/)
    edit((config) => {
      config.calendars = { freeze: { dates: [{ from: '2027-01-01', to: '2027-06-30' }] } }
    })
    const refused = await run(['status'])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toMatch(
      /keyrota\.yaml:\d+:\d+ keys\.renderer-prod\.blackouts: leaves no opening for/,
    )
    edit((config) => {
      delete config.calendars
      config.keys[KEY] = { ...config.keys[KEY], blackouts: [] }
    })
  })
})

describe('pause', () => {
  test('says until when, in words, and is shown by status', async () => {
    const paused = await run(['pause', '--all', '--until', '3d', '--reason', 'data centre move'])
    expect(paused.stdout).toMatch(/all keys: paused until 20\d\d-.*\(in 3d\)/)
    const again = await run(['pause', '--all', '--until', '3d', '--reason', 'data centre move'])
    expect(again.stdout).toMatch(/in place of the pause by .+ until 20\d\d-/)
    const [row] = JSON.parse((await run(['status', '--json'])).stdout)
    expect(row).toMatchObject({ state: 'paused' })
    expect((await run(['status'])).stdout).toMatch(
      /: all keys are paused since .* until .* \(.*: data centre move\)\n/,
    )
    expect((await run(['unpause', '--all'])).stdout).toContain('all keys: no longer paused')
    expect((await run(['unpause', KEY])).stdout).toContain('not paused')
  })

  test.each([
    [['pause'], 'name a key, or say --all'],
    [['pause', KEY, '--all'], 'exclude each other'],
    [['pause', KEY, '--until', '2027-01-06T08:00'], 'with its offset'],
    [['pause', KEY, '--until', '2027-02-30T08:00Z'], 'with its offset'],
    [['pause', KEY, '--until', '2020-01-06T08:00Z'], 'is past'],
    [['plan', '--next', '0'], 'from 1 to 1000'],
  ])('refuses %j', async (args, text) => {
    const { code, stderr } = await run(args)
    expect(code).not.toBe(0)
    expect(stderr).toContain(text)
  })
})

test('a log of JSON is nothing but JSON, errors included', async () => {
  const rotated = await run(['rotate', KEY, '--wait', '60s', '--log-format', 'json', '--log-level', 'debug'])
  expect(rotated.stdout).toContain('completed')
  const lines = rotated.stderr.trim().split('\n')
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) })
  const failed = await run(['rotate', 'nobody', '--log-format', 'json'])
  expect(JSON.parse(failed.stderr)).toMatchObject({
    level: 'error',
    code: 'unknown-key',
    next: expect.stringContaining(KEY),
  })
  const plain = await run(['run', '--wait', '5s'])
  expect(plain.stderr).not.toMatch(/^\{/m)
})
