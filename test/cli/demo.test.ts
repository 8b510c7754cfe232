import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { COMPILED } from './run-cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(root, 'src', 'main.ts')

interface Place {
  /** Empty: where the demo is started. */
  cwd: string
  home: string
  tmp: string
  /** Where the user's own Keyrota would keep its state. */
  state: string
}

/** Registers what to take down when a test ends. Tests run concurrently, so each has its own. */
type AtEnd = (takeDown: () => void) => void

interface Run {
  child: ChildProcess
  stdout(): string
  stderr(): string
  ended: Promise<number | null>
}

function makePlace(atEnd: AtEnd): Place {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-demo-test-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const place = Object.fromEntries(
    ['cwd', 'home', 'tmp', 'state'].map((name) => [name, join(folder, name)]),
  ) as unknown as Place
  for (const path of Object.values(place)) mkdirSync(path)
  return place
}

function start(atEnd: AtEnd, place: Place, words: readonly string[], program = MAIN): Run {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: place.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...COMPILED,
      ...{ PATH: process.env.PATH, HOME: place.home, TMPDIR: place.tmp, KEYROTA_STATE: place.state },
    },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    said.stdout += text
  })
  child.stderr.on('data', (text) => {
    said.stderr += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  atEnd(() => void child.kill('SIGKILL'))
  return { child, stdout: () => said.stdout, stderr: () => said.stderr, ended }
}

/** Waits until the condition holds; returns false if it does not within a minute. */
async function becomes(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUpAt = performance.now() + 60_000
  while (performance.now() < giveUpAt) {
    if (await isSo()) return true
    await pause(20)
  }
  return false
}

function folderOf(place: Place): string {
  const found = readdirSync(place.tmp)
  if (found.length !== 1) throw new Error(`expected one folder of the demo: ${found.join(', ')}`)
  return join(place.tmp, found[0] ?? '')
}

/** Every address the demo's config names: its gateway and its consumers. */
function addressesIn(folder: string): string[] {
  const config = readFileSync(join(folder, 'keyrota.yaml'), 'utf8')
  const found = [...config.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([address]) => address)
  return [...new Set(found)]
}

/** Whether nothing listens at any of them. */
async function areSilent(addresses: readonly string[]): Promise<boolean> {
  const answers = await Promise.allSettled(addresses.map((address) => fetch(address)))
  return answers.every(({ status }) => status === 'rejected')
}

describe('keyrota demo', { timeout: 120_000 }, () => {
  test('shows four rotations, proves its claims, and leaves one folder', async ({
    expect,
    onTestFinished,
  }) => {
    const place = makePlace(onTestFinished)
    const before = readdirSync(root)
    const startedAt = performance.now()
    const demo = start(onTestFinished, place, ['demo'])
    expect([await demo.ended, demo.stderr()]).toEqual([0, ''])
    expect(performance.now() - startedAt).toBeLessThan(60_000)
    const shown = demo.stdout()
    expect(shown.match(/ is refused: 401$/gm)).toHaveLength(2)
    expect(shown.match(/ is revoked$/gm)).toHaveLength(2)
    expect(shown.match(/none of them got a 401$/gm)).toHaveLength(4)
    expect(shown).toContain('renderer.env is unchanged, byte for byte')
    expect(shown).toContain('renderer.env holds the old key again')
    expect(shown).toContain('completed: a probe found the old key revoked')
    const [, calls, done] =
      /✓ (\d+) calls of the consumers, (\d+) of them successful \(200\)/.exec(shown) ?? []
    expect(Number(calls)).toBeGreaterThan(100)
    expect(done).toBe(calls)

    const folder = folderOf(place)
    expect(shown).toContain(`explain renderer --config ${folder}/keyrota.yaml`)
    expect(readdirSync(folder).toSorted()).toEqual([
      'keyrota.yaml',
      'management-token',
      'renderer.env',
      'state',
      'trailers.env',
    ])
    const secrets = ['renderer.env', 'trailers.env', 'management-token'].map((file) =>
      readFileSync(join(folder, file), 'utf8').trim().split('=').pop(),
    )
    expect(secrets.map((secret) => (secret?.length ?? 0) > 16)).toEqual([true, true, true])
    for (const secret of [...secrets, 'ppt_live_', 'sandbox_']) expect(shown).not.toContain(secret)
    expect([place.cwd, place.home, place.state].map((path) => readdirSync(path))).toEqual([[], [], []])
    expect(readdirSync(root)).toEqual(before)
    const addresses = addressesIn(folder)
    expect(addresses).toHaveLength(3)
    expect(await areSilent(addresses)).toBe(true)

    const explained = start(onTestFinished, { ...place, state: '' }, [
      'explain',
      'trailers',
      '--config',
      join(folder, 'keyrota.yaml'),
    ])
    expect(await explained.ended).toBe(0)
    expect(explained.stdout()).toContain('the issuer refuses the old key')
  })

  test.concurrent('Ctrl-C during a rotation stops it and its consumers', async ({
    expect,
    onTestFinished,
  }) => {
    const place = makePlace(onTestFinished)
    const demo = start(onTestFinished, place, ['demo'])
    expect(await becomes(() => demo.stdout().includes('$ keyrota rotate renderer'))).toBe(true)
    demo.child.kill('SIGINT')
    expect([await demo.ended, demo.stderr()]).toEqual([130, 'stopped\n'])
    expect(await areSilent(addressesIn(folderOf(place)))).toBe(true)
  })

  test.concurrent('its consumers stop with it, even if it is killed', async ({ expect, onTestFinished }) => {
    const place = makePlace(onTestFinished)
    const demo = start(onTestFinished, place, ['demo'])
    expect(await becomes(() => demo.stdout().includes('$ keyrota rotate renderer'))).toBe(true)
    const addresses = addressesIn(folderOf(place))
    expect(await areSilent(addresses.slice(0, 1))).toBe(false)
    demo.child.kill('SIGKILL')
    expect(await becomes(() => areSilent(addresses))).toBe(true)
  })

  test.concurrent('reports the false claim if the gateway lies about a revocation', async ({
    expect,
    onTestFinished,
  }) => {
    const place = makePlace(onTestFinished)
    const demo = start(
      onTestFinished,
      place,
      ['demo'],
      fileURLToPath(new URL('lying-demo.ts', import.meta.url)),
    )
    expect(await demo.ended).toBe(1)
    expect(demo.stderr()).toContain('not true: completed')
    expect(demo.stdout()).not.toContain('is refused: 401')
    expect(await areSilent(addressesIn(folderOf(place)))).toBe(true)
  })
})
