/* `leaked` with a person at a terminal: a hidden value, an answer, and a question before anything is replaced. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { KEY, sandboxIssuer } from './installation.ts'
import { fingerprint } from './polling-consumer.ts'
import { type Stage, setStage } from './stage.ts'
import { openTerminal } from './terminal.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
const stages: Stage[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

async function begin() {
  const stage = await setStage(sandboxIssuer, cache)
  stages.push(stage)
  const { folder, env } = stage.installation
  const terminal = openTerminal(['leaked', '--wait', '30s'], { cwd: folder, env })
  await terminal.waitFor(/Leaked value/)
  await terminal.waitFor(/hidden/)
  return { stage, terminal }
}

/** Whether the screen has shown six characters of the value in a row. */
function shows(raw: string, value: string): boolean {
  return Array.from({ length: value.length - 5 }, (_, at) => value.slice(at, at + 6)).some((part) =>
    raw.includes(part),
  )
}

test('yes replaces the key and revokes what leaked', async () => {
  const { stage, terminal } = await begin()
  const { value } = stage.oldKey
  terminal.type(`export PPT_API_KEY="${value}"\r`)
  await terminal.waitFor(new RegExp(`${KEY}: the key in use`))
  await terminal.waitFor(/next: keyrota rotate/)
  await terminal.waitFor(new RegExp(`Replace ${KEY} and revoke what leaked`))
  expect(stage.live()).toEqual([fingerprint(value)])
  terminal.type('y')
  expect(await terminal.ended).toBe(0)
  expect(stage.live()).toEqual([fingerprint(stage.value())])
  expect(stage.live()).not.toEqual([fingerprint(value)])
  expect((await stage.load())?.last).toMatchObject({ end: 'completed', reason: 'compromised' })
  expect(shows(terminal.raw(), value)).toBe(false)
})

test.each([
  ['no', 'n'],
  ['Ctrl-C', '\u0003'],
])('%s changes nothing, and leaves a person with the command', async (_, answer) => {
  const { stage, terminal } = await begin()
  const { value } = stage.oldKey
  terminal.type(`${value}\r`)
  await terminal.waitFor(/Replace /)
  terminal.type(answer)
  expect(await terminal.ended).toBe(4)
  expect(terminal.screen()).toContain(`keyrota rotate ${KEY} --compromised --leaked old`)
  expect(stage.live()).toEqual([fingerprint(value)])
  expect((await stage.load())?.rotation).toBeNull()
  expect(shows(terminal.raw(), value)).toBe(false)
})

test('a value that is nobody’s asks for nothing', async () => {
  const { stage, terminal } = await begin()
  terminal.type('somebody-elses-0123456789\r')
  await terminal.waitFor(/no managed key has, or had, this value/)
  expect(await terminal.ended).toBe(0)
  expect(terminal.screen()).not.toContain('Replace')
  expect(stage.live()).toEqual([fingerprint(stage.oldKey.value)])
})
