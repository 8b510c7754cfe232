/* No key value is in a log, whatever the level, the format and the trouble; nor in what pauses and plans say. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/fault-kinds.ts'
import { setScene } from './canary/scene.ts'
import { KEY, sandboxIssuer } from './installation.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const WAIT = ['--wait', '1500ms']
const debug = (format: string) => ['--log-level', 'debug', '--log-format', format]

const faults: readonly Fault[] = [
  { kind: 'error', status: 502, when: 'after-effect', after: 6, times: 8 },
  { kind: 'truncate', keepBytes: 90, times: 2, match: { method: 'POST', path: '/v1/keys' } },
]

test.each([undefined, ...faults])(
  'a log of everything, with the fault %j',
  { timeout: 120_000 },
  async (fault) => {
    const scene = await setScene({ issuer: sandboxIssuer, cache })
    if (fault) scene.sandbox.addFault(fault)
    await scene.run(['check', ...debug('json')])
    for (const format of ['json', 'pretty']) {
      const { stderr } = await scene.run(['rotate', KEY, ...WAIT, ...debug(format)])
      expect(stderr).toContain('preflight')
      await scene.run(['run', ...WAIT, ...debug(format)])
    }
    for (const mode of [[], ['--json']])
      for (const verb of [
        ['pause', '--all'],
        ['plan', '--next', '3'],
        ['unpause', '--all'],
      ])
        await scene.run([...verb, ...mode])
    expect((await scene.finish({ isOver: false })).leaks).toEqual([])
  },
)
