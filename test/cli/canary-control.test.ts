/* Control for the canary tests: planted leaks of every kind are found. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { holdJournalOpen, makeValue, type Scene, setScene } from './canary/scene.ts'
import { findLeaks, formsOf } from './canary/search.ts'
import { sandboxIssuer } from './installation.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const leaking = fileURLToPath(new URL('./canary/leak-child.ts', import.meta.url))
const value = makeValue('planted')

/** Where a program leaks, and where the watch must find it. */
const plants = [
  ['stdout', 'standard output of stdout'],
  ['stderr', 'standard error of stderr'],
  ['json', 'standard output of json'],
  ['log', 'standard error of log'],
  ['temporary file', 'file work.tmp'],
  ['state folder', 'file state/notes.txt'],
  ['shared memory file', 'file journal.sqlite-shm'],
  ['argument of a child', 'command line of children'],
  ['environment of a child', 'environment of children'],
] as const

/** Runs the leaking program. What it leaks while running stays until the watch has completed one round. */
async function leak(scene: Scene, args: readonly string[], input: string, env = {}): Promise<void> {
  const { folder, env: usual } = scene.installation
  const planted = join(folder, 'planted')
  let isOver = false
  const ended = scene.run(args, input, { entry: leaking, env: { ...usual, ...env } }).finally(() => {
    isOver = true
  })
  while (!isOver && !existsSync(planted)) await setTimeout(5)
  await scene.watch.lookedAround()
  rmSync(planted, { force: true })
  await ended
}

describe.concurrent('a planted leak is found', { timeout: 60_000 }, () => {
  test.each(plants)('%s', async (way, sink) => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    scene.hide('planted', value)
    await leak(scene, [way, scene.installation.folder], value)
    const { leaks } = await scene.finish()
    expect(leaks.filter((leak) => leak.secret === 'planted').map((leak) => leak.sink)).toEqual(
      expect.arrayContaining([expect.stringContaining(sink)]),
    )
  })

  test('in our own command line and environment', async () => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    scene.hide('planted', value)
    await leak(scene, ['environment of a child', '.', value], '', { LEAK: value })
    const { leaks } = await scene.finish()
    expect(leaks).toContainEqual({ sink: 'command line of ours', secret: 'planted', form: 'raw' })
    expect(leaks).toContainEqual({ sink: 'environment of ours', secret: 'planted', form: 'raw' })
  })

  test.each([true, false])('in the journal, with its log apart: %s', async (isApart) => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    scene.hide('planted', value)
    const open = isApart ? holdJournalOpen(scene.installation) : { close: () => undefined }
    await leak(scene, ['journal', scene.installation.folder], value)
    const { leaks } = await scene.finish()
    open.close()
    const sinks = leaks.map((leak) => leak.sink)
    expect(sinks).toContain('rows of the journal')
    expect(sinks).toContain(isApart ? 'file journal.sqlite-wal' : 'file journal.sqlite')
  })

  test('of a management token in what a child gets, and not in what we get', async () => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    const token = scene.installation.env.GATEWAY_TOKEN ?? ''
    await leak(scene, ['environment of a child', '.'], token)
    const { leaks } = await scene.finish()
    expect(new Set(leaks.map(({ sink, secret }) => `${secret} in ${sink}`))).toEqual(
      new Set(['token in environment of children']),
    )
  })

  test('of a value that the store still keeps when nothing runs any more', async () => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    scene.hide('planted', value)
    await scene.run(['check'])
    writeFileSync(join(scene.installation.state, 'env-file', 'kept.json'), JSON.stringify({ value }))
    const { leaks } = await scene.finish({ isOver: true })
    expect(leaks.map((leak) => leak.sink)).toContain('kept by the store in kept.json')
  })
})

test('a value is found in every form and context', () => {
  for (const [form, text] of Object.entries(formsOf(value))) {
    const [leak] = findLeaks(
      [{ name: 'text', bytes: Buffer.from(`before ${text} behind`) }],
      [{ name: 'key', value }],
    )
    expect(leak, form).toBeDefined()
  }
  for (const before of ['', 'a', 'ab', 'abc']) {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const bytes = Buffer.from(Buffer.from(`${before}${value} and more`).toString(encoding))
      expect(findLeaks([{ name: 'text', bytes }], [{ name: 'key', value }])).not.toEqual([])
    }
  }
  const innocent = Buffer.from(`${value.slice(0, -1)} ${value.slice(1)}`)
  expect(findLeaks([{ name: 'text', bytes: innocent }], [{ name: 'key', value }])).toEqual([])
})
