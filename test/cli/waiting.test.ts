/* A command that waits shows a sign of life, on a terminal without anything raw in between, and ends at Ctrl-C. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { KEY, sandboxIssuer } from './installation.ts'
import { claimKey, type Stage, type StageOptions, setStage } from './stage.ts'
import { openTerminal } from './terminal.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
const CLEAR = '\r\u001b[2K'
const stages: Stage[] = []

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

/** Nobody listens at its address. */
function downIssuer(): object {
  return sandboxIssuer('http://127.0.0.1:1')
}

async function begin(options: StageOptions = {}, issuer = sandboxIssuer): Promise<Stage> {
  const stage = await setStage(issuer, cache, { notifiers: { log: { type: 'log' } }, ...options })
  stages.push(stage)
  return stage
}

function place({ installation }: Stage) {
  return { cwd: installation.folder, env: installation.env }
}

test('a wait shows what it is for, how long, until when and what was seen; Ctrl-C ends it and clears the line', async () => {
  const stage = await begin({}, downIssuer)
  const terminal = openTerminal(['rotate', KEY, '--wait', '60s'], place(stage))
  await terminal.waitFor(new RegExp(`${KEY}: \\ds, until \\d\\d:\\d\\d:\\d\\dZ: .*no connection`))
  terminal.type('\u0003')
  await terminal.waitFor(/stopping after the call under way/)
  expect(await terminal.ended).toBe(130)
  const raw = terminal.raw()
  // The last line that was drawn in place is cleared, and the cursor was never hidden.
  expect(raw.slice(raw.lastIndexOf(CLEAR))).not.toContain(', until ')
  expect(raw).not.toContain('\u001b[?25l')
  expect(terminal.screen()).toMatch(/seen: .*no connection/)
})

test('events for a notifier are lines for people on a terminal, and JSON in a pipe', async () => {
  const stage = await begin({ defaults: { giveUp: '300ms' } }, downIssuer)
  const terminal = openTerminal(['rotate', KEY, '--wait', '20s'], place(stage))
  expect(await terminal.ended).toBe(4)
  expect(terminal.screen()).toContain(`next: keyrota resume ${KEY}`)
  expect(terminal.screen()).not.toMatch(/^\{/m)

  const { stderr } = await stage.installation.run(['resume', KEY, '--wait', '20s'])
  const [event] = stderr.split('\n').filter((line) => line.startsWith('{'))
  expect(JSON.parse(event ?? '{}')).toMatchObject({ level: 'alarm', command: `keyrota resume ${KEY}` })
  expect(JSON.parse(event ?? '{}').evidence.join()).toContain('no connection')
})

test('another process that has the key is shown while it is waited for', async () => {
  const stage = await begin({ defaults: { lease: '5s' } })
  const release = await claimKey(stage.installation)
  const terminal = openTerminal(['rotate', KEY, '--wait', '30s'], place(stage))
  await terminal.waitFor(/claiming the key/)
  await release()
  expect(await terminal.ended).toBe(0)
})

test('--quiet prints the result alone, --verbose also the outcome of each call', async () => {
  const stage = await begin()
  const quiet = await stage.installation.run(['rotate', KEY, '--wait', '20s', '--quiet'])
  expect(quiet.code).toBe(0)
  expect(quiet.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([])
  expect(quiet.stdout).toContain('completed')
  const verbose = await stage.installation.run(['rotate', KEY, '--wait', '20s', '--verbose'])
  expect(verbose.stderr).toContain('issue: done')
  expect(verbose.stderr).toContain('"fingerprint"')
})

test('a leaked key that cannot be rotated yet is not a success', async () => {
  const stage = await begin()
  await stage.installation.run(['rotate', KEY, '--wait', '20s'])
  await stage.holdBack(60_000)
  const { code, stdout } = await stage.installation.run(['rotate', KEY, '--compromised', '--wait', '1s'])
  expect(code).toBe(5)
  expect(stdout).toContain('nothing was done')
  expect(stdout).toContain(`next: keyrota rotate ${KEY}`)
})

test('status --watch redraws until Ctrl-C', async () => {
  const stage = await begin()
  const terminal = openTerminal(['status', '--watch', '200ms'], place(stage))
  await terminal.waitFor(/FINGERPRINT/)
  await terminal.waitFor(/FINGERPRINT/)
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(130)
})

test('NO_COLOR is respected on a terminal', async () => {
  const stage = await begin()
  const { cwd, env } = place(stage)
  const painted = openTerminal(['status'], { cwd, env })
  expect(await painted.ended).toBe(0)
  expect(painted.raw()).toContain('\u001b[1m')
  const plain = openTerminal(['status'], { cwd, env: { ...env, NO_COLOR: '1' } })
  expect(await plain.ended).toBe(0)
  expect(plain.raw()).not.toContain('\u001b[1m')
})
