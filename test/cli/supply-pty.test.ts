/* Rotations that need a person, by pipe and on a real terminal. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { dashboardIssuer, KEY } from './installation.ts'
import { createAtDashboard, deleteAtDashboard } from './person.ts'
import { fingerprint } from './polling-consumer.ts'
import { ageRequest, claimKey, type Stage, type StageOptions, setStage } from './stage.ts'
import { openTerminal } from './terminal.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
const stages: Stage[] = []

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const WAIT = ['--wait', '10s']

const HOUR_MS = 3_600_000

async function begin(options: StageOptions = {}): Promise<Stage> {
  const stage = await setStage(dashboardIssuer, cache, options)
  stages.push(stage)
  return stage
}

/** Has Keyrota ask for a key and returns the requested name. */
async function askForKey(stage: Stage): Promise<string> {
  const { code, stdout } = await stage.installation.run(['rotate', KEY, ...WAIT])
  expect(code).toBe(0)
  const name = /create a key named (\S+)/.exec(stdout)?.[1]
  if (name === undefined) throw new Error(`no key was asked for:\n${stdout}`)
  return name
}

function supplyByPipe(stage: Stage, value: string) {
  return stage.installation.run(['supply', KEY, ...WAIT], { input: `${value}\n` })
}

/** Folder and environment of a command on a terminal. */
function place({ installation }: Stage) {
  return { cwd: installation.folder, env: installation.env }
}

/** Whether the text contains any six consecutive characters of the value. */
function shows(text: string, value: string): boolean {
  return Array.from({ length: value.length - 5 }, (_, at) => value.slice(at, at + 6)).some((part) =>
    text.includes(part),
  )
}

function expectOnlyLive(stage: Stage, value: string): void {
  expect(stage.value()).toBe(value)
  expect(stage.live()).toEqual([fingerprint(value)])
  expect(Object.keys(stage.consumer.statuses)).toEqual(['422'])
}

test('who has seen a supplied value is kept: by name, or the user who ran it; a value is no name', async () => {
  const stage = await begin()
  const value = await createAtDashboard(stage.sandbox.url, await askForKey(stage))
  const seenBy = ['--seen-by', 'Ada Lovelace', '--seen-by', 'bo@example.com']
  const pasted = await stage.installation.run(['supply', KEY, ...WAIT, '--seen-by', stage.oldKey.value], {
    input: `${value}\n`,
  })
  expect([pasted.code === 0, (pasted.stdout + pasted.stderr).includes(stage.oldKey.value)]).toEqual([
    false,
    false,
  ])
  await stage.installation.run(['supply', KEY, ...WAIT, ...seenBy], { input: `${value}\n` })
  expect((await stage.load())?.rotation?.attempts[0]?.seenBy).toEqual(['Ada Lovelace', 'bo@example.com'])
  await deleteAtDashboard(stage.sandbox.url, stage.oldKey.id)
  await stage.installation.run(['run', ...WAIT])
  expect((await stage.load())?.current?.seenBy).toEqual(['Ada Lovelace', 'bo@example.com'])

  const chosen = await stage.installation.run(['rotate', '--seen-by', 'ada lovelace', '--dry-run', '--json'])
  expect(chosen.stdout).toContain(KEY)
  const nobody = await stage.installation.run(['rotate', '--seen-by', 'eve', '--dry-run'])
  expect(nobody.stderr).toContain('no key of the config has: a value that eve has seen')

  const next = await createAtDashboard(stage.sandbox.url, await askForKey(stage))
  await supplyByPipe(stage, next)
  expect((await stage.load())?.rotation?.attempts[0]?.seenBy).toEqual([userInfo().username])
})

test('a key is requested, created at the dashboard, supplied by pipe and deployed; the next run finds the old one deleted', async () => {
  const stage = await begin()
  const name = await askForKey(stage)
  const value = await createAtDashboard(stage.sandbox.url, name)
  const supplied = await supplyByPipe(stage, value)
  expect(supplied.code).toBe(0)
  expect(supplied.stderr).toContain('it can no longer be lost')
  expect(stage.value()).toBe(value)
  expect((await stage.load())?.rotation?.operator?.kind).toBe('revoke')
  expect(stage.live()).toHaveLength(2)

  const early = await stage.installation.run(['run', ...WAIT])
  expect(early.code).toBe(0)
  expect(early.stdout).toContain('delete')

  await deleteAtDashboard(stage.sandbox.url, stage.oldKey.id)
  const found = await stage.installation.run(['run', ...WAIT])
  expect(found.code).toBe(0)
  expect(found.stdout).toContain('completed')
  expectOnlyLive(stage, value)
})

test('a typo, a short text, the current key and a second key are refused; the right key is accepted', async () => {
  const stage = await begin()
  const value = await createAtDashboard(stage.sandbox.url, await askForKey(stage))
  const typo = await supplyByPipe(stage, `${value.slice(0, -1)}_`)
  expect(typo.code).toBe(4)
  expect(typo.stderr).toContain('was not accepted')
  for (const wrong of [value.slice(0, 12), `${value} ${value}`, stage.oldKey.value]) {
    const { code, stdout, stderr } = await supplyByPipe(stage, wrong)
    expect(code).toBe(4)
    expect(shows(stdout + stderr, wrong)).toBe(false)
  }
  expect((await supplyByPipe(stage, '')).code).toBe(2)
  expect(stage.value()).toBe(stage.oldKey.value)

  expect((await supplyByPipe(stage, value)).code).toBe(0)
  expect(stage.value()).toBe(value)
  const second = await createAtDashboard(stage.sandbox.url, 'another')
  const late = await supplyByPipe(stage, second)
  expect(late.code).toBe(4)
  expect(late.stderr).toContain('is not waiting for a key')
  expect(stage.value()).toBe(value)
  expect((await stage.load())?.debts).toMatchObject([{ fingerprint: fingerprint(second) }])
  const [, confirmed = ''] = /--confirm "([^"]+)"/.exec(late.stderr) ?? []
  await stage.installation.run(['resume', KEY, '--confirm', confirmed, ...WAIT])
  expect((await stage.load())?.debts).toEqual([])
})

test('while another process holds the key, supply refuses the value and says so', async () => {
  const stage = await begin()
  const value = await createAtDashboard(stage.sandbox.url, await askForKey(stage))
  const release = await claimKey(stage.installation)
  const { code, stderr } = await stage.installation.run(['supply', KEY, '--wait', '100ms'], { input: value })
  await release()
  expect(code).toBe(6)
  expect(stderr).toContain('was not accepted')
  expect(stage.value()).toBe(stage.oldKey.value)
})

test('a hidden prompt on a terminal does not echo the input', async () => {
  const stage = await begin()
  const value = await createAtDashboard(stage.sandbox.url, await askForKey(stage))
  const terminal = openTerminal(['supply', KEY, ...WAIT], place(stage))
  await terminal.waitFor(/\/dashboard/)
  await terminal.waitFor(/hidden/)
  // A person types some of it and pastes the rest.
  for (const character of value.slice(0, 12)) {
    terminal.type(character)
    await sleep(5)
  }
  terminal.type(`${value.slice(12)}\r`)
  expect(await terminal.ended).toBe(0)
  expect(terminal.screen()).toContain('it can no longer be lost')
  expect(shows(terminal.raw(), value)).toBe(false)
  expect(shows(terminal.screen(), value)).toBe(false)
  expect(shows(`${terminal.screen()}${value.slice(4, 10)}`, value)).toBe(true)
  expect(stage.value()).toBe(value)
})

test('Ctrl-C at the prompt changes nothing', async () => {
  const stage = await begin()
  await askForKey(stage)
  const terminal = openTerminal(['supply', KEY, ...WAIT], place(stage))
  await terminal.waitFor(/hidden/)
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(2)
  expect(stage.value()).toBe(stage.oldKey.value)
  expect((await stage.load())?.rotation?.operator?.kind).toBe('create')
})

test('rotate on a terminal walks through it all: asks for the key, ends the overlap, waits for the deletion', async () => {
  const stage = await begin({ defaults: { overlap: '1h' } })
  const terminal = openTerminal(['rotate', KEY, ...WAIT], place(stage))
  const [, name = ''] = await terminal.waitFor(/Create the key (\S+)/)
  await terminal.waitFor(/\/dashboard/)
  await terminal.waitFor(/hidden/)
  terminal.type('mistyped-mistyped-mistyped\r')
  await terminal.waitFor(/Create the key/)
  await terminal.waitFor(/hidden/)
  const value = await createAtDashboard(stage.sandbox.url, name)
  terminal.type(`${value}\r`)
  await terminal.waitFor(/End the overlap/i)
  expect(stage.value()).toBe(value)
  terminal.type('y')
  await terminal.waitFor(/Delete /)
  await deleteAtDashboard(stage.sandbox.url, stage.oldKey.id)
  expect(await terminal.ended).toBe(0)
  expect(terminal.screen()).toContain('completed')
  expect(shows(terminal.raw(), value)).toBe(false)
  expectOnlyLive(stage, value)
})

test('a person is reminded, then the deadline passes and the exit code asks for help', async () => {
  const stage = await begin({
    defaults: { remindEvery: '1h', operatorDeadline: '3h' },
    notifiers: { log: { type: 'log' } },
  })
  await askForKey(stage)
  const look = async () => {
    const { code, stderr } = await stage.installation.run(['run', ...WAIT])
    const events = stderr.split('\n').filter((line) => line.startsWith('{'))
    return { code, events: events.map((line): unknown => JSON.parse(line)) }
  }
  expect(await look()).toEqual({ code: 0, events: [] })
  await ageRequest(stage.installation, HOUR_MS)
  const reminded = await look()
  expect(reminded.code).toBe(0)
  expect(reminded.events).toMatchObject([
    { level: 'warning', kind: 'operator-creates-key', command: `keyrota supply ${KEY}` },
  ])
  await ageRequest(stage.installation, 2 * HOUR_MS)
  const late = await look()
  expect(late.code).toBe(4)
  expect(late.events).toMatchObject([{ level: 'alarm', kind: 'operator-creates-key' }])
  expect(stage.value()).toBe(stage.oldKey.value)
})
