/* `keyrota rotate` for many keys and `keyrota campaign`, as a person and a program use them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { eventsIn, type FleetOnDisk, type FleetOptions, makeFleetOnDisk } from '../shared/rigs/fleet/rig.ts'
import { openTerminal } from './terminal.ts'

const COUNT = 8
let fleet: FleetOnDisk | undefined

afterEach(async () => {
  await fleet?.close()
  fleet = undefined
})

async function makeFleet(options?: FleetOptions): Promise<FleetOnDisk> {
  fleet = await makeFleetOnDisk(COUNT, options)
  return fleet
}

const ALL = ['rotate', '--all', '--compromised', '--reason', 'laptop stolen']

test('nobody there to confirm it: nothing is done, and the exact command is said', async () => {
  const { run, held, oldValues } = await makeFleet()
  for (const [more, said] of [
    [[], `Run: keyrota rotate --all --compromised --reason 'laptop stolen' --yes ${COUNT}`],
    [['--yes', '7'], '--yes 7 is not how many keys are touched: 8'],
    [['--json'], `--yes ${COUNT}`],
  ] as const) {
    const { code, stderr, stdout } = await run([...ALL, ...more])
    expect([code, (stderr + stdout).includes(said)]).toEqual([2, true])
  }
  expect(await held()).toEqual(oldValues)
  expect((await run(['campaign', 'list', '--json'])).stdout).toContain('"campaigns": []')
})

test('a wrong number typed in ends as a wrong --yes does', async () => {
  const { folder, held, oldValues } = await makeFleet()
  const env = { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder }
  const terminal = openTerminal(ALL, { cwd: folder, env })
  await terminal.waitFor(/Type the number of keys/)
  terminal.type('7\r')
  await terminal.waitFor(/that is not 8; nothing was done/)
  expect(await terminal.ended).toBe(2)
  expect(await held()).toEqual(oldValues)
})

test.each([
  [['--all', '--waves', '1,ten,100%'], 'ten is not a wave'],
  [['--all', '--waves', '1,4'], 'the last wave has to be 100%'],
  [['--all', '--canary', 'key-9'], 'key-9 cannot be the first key'],
  [['--from-file', 'nowhere.txt'], 'nowhere.txt cannot be read (ENOENT)'],
])('%j is a mistake in what was typed', async (words, said) => {
  const { run } = await makeFleet()
  const { code, stderr } = await run(['rotate', ...words, '--dry-run'])
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
})

test('a rehearsal checks everything and changes nothing', async () => {
  const { run, held, oldValues, live } = await makeFleet()
  const { code, stdout } = await run([...ALL, '--dry-run'])
  expect(code, stdout).toBe(0)
  expect(stdout).toContain('8 keys fit --all')
  expect(stdout).toContain('checked 8 keys: nothing stands in the way; nothing was changed')
  expect(await held()).toEqual(oldValues)
  expect(live()).toBe(COUNT)
})

test('all keys are replaced; events, report and journal hold no value', async () => {
  const { run, held, oldValues, live, folder } = await makeFleet()
  const ended = await run([...ALL, '--yes', String(COUNT), '--json'])
  expect(ended.code, ended.stderr).toBe(0)
  const events = eventsIn(ended)
  expect(events[0]).toMatchObject({ event: 'plan', touched: COUNT })
  const report = events.at(-1) as unknown as {
    campaign: string
    keys: { state: string; replaced: { oldIs: string } }[]
  }
  expect(report).toMatchObject({ event: 'report', state: 'done', by: 'ada', counts: { done: COUNT } })
  for (const key of report.keys) expect(key).toMatchObject({ state: 'done', replaced: { oldIs: 'revoked' } })
  const newValues = await held()
  for (const [at, value] of newValues.entries()) expect(value).not.toBe(oldValues[at])
  expect(live()).toBe(COUNT)
  const shown = await run(['campaign', 'show', report.campaign])
  expect(shown.code).toBe(0)
  expect(shown.stdout).toContain('8 replaced, 0 failed')
  const state = join(folder, 'state')
  const kept = readdirSync(state).filter((file) => file.startsWith('journal'))
  expect(kept.length).toBeGreaterThan(0)
  const texts = [ended, shown].map(({ stdout, stderr }) => stdout + stderr)
  const journal = kept.map((file) => readFileSync(join(state, file), 'latin1'))
  for (const value of [...oldValues, ...newValues])
    for (const text of [...texts, ...journal]) expect(text.includes(value)).toBe(false)
})

test('Ctrl-C pauses it, and the printed command finishes it', async () => {
  const { run, held, oldValues, live } = await makeFleet({ issuer: { settle: '1s' } })
  const first = await run([...ALL, '--yes', String(COUNT), '--at-once', '2', '--json'], {
    started: (child) => {
      let isSent = false
      child.stdout?.on('data', (text: string) => {
        if (isSent || !text.includes('"state":"done"')) return
        isSent = true
        child.kill('SIGINT')
      })
    },
  })
  expect(first.code).toBe(130)
  const report = eventsIn(first).at(-1) as unknown as { campaign: string; next: { command: string }[] }
  expect(report).toMatchObject({ state: 'paused', halt: { by: 'ada', why: 'Ctrl-C' } })
  expect((await held()).filter((value, at) => value === oldValues[at]).length).toBeGreaterThan(0)
  expect(report.next[0]?.command).toBe(`keyrota campaign resume ${report.campaign}`)
  const again = await run(['campaign', 'resume', report.campaign])
  expect(again.code, again.stderr).toBe(0)
  expect(again.stdout).toContain('8 replaced, 0 failed')
  expect((await held()).filter((value, at) => value === oldValues[at])).toEqual([])
  expect(live()).toBe(COUNT)
})

test('two persons approve what breaks the glass, each by the digest of what is there', async () => {
  const approval = { for: ['break-glass'], from: ['ada', 'grace', 'joan'] }
  const { run, held, oldValues } = await makeFleet({ config: { fleet: { approval } } })
  const started = await run([...ALL, '--break-glass', '--yes', String(COUNT), '--json'])
  expect(started.code).toBe(4)
  const { campaign, digest } = eventsIn(started).at(-1) as unknown as { campaign: string; digest: string }
  const approve = (person: string, by = digest) =>
    run(['campaign', 'approve', campaign, '--digest', by], { env: { KEYROTA_PERSON: person } })
  expect((await approve('ada')).stderr).toContain('ada has approved it already')
  expect((await approve('mallory')).stderr).toContain('mallory is not among those')
  expect((await approve('grace', '0123456789abcdef')).stderr).toContain('its digest is not')
  expect((await run(['campaign', 'resume', campaign])).code).toBe(4)
  expect(await held()).toEqual(oldValues)
  const approved = await approve('grace')
  expect(approved.stderr).toContain('it begins')
  expect((await run(['run'])).code).toBe(0)
  expect((await held()).filter((value, at) => value === oldValues[at])).toEqual([])
})

test('criteria are an intersection, and one that fits no key is no empty campaign', async () => {
  const { run } = await makeFleet({ key: (at) => (at < 3 ? { labels: { vendor: 'acme' } } : {}) })
  const chosen = await run(['rotate', '--owner', 'video', '--label', 'vendor=acme', '--dry-run'])
  expect(chosen.stdout).toContain('2 keys fit --owner video --label vendor=acme')
  const unknown = await run(['rotate', '--owner', 'vido', '--yes', '1'])
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('owner vido (did you mean video?)'),
  ])
  const both = await run(['rotate', 'key-1', '--all'])
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--all is about many keys')])
})
