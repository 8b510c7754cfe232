/* Consumer `systemd`: when a start counts as proof. The process is real, and so is its /proc. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { make } from '../../../../providers/consumers/systemd/index.ts'
import { options } from '../../../../providers/consumers/systemd/options.ts'
import {
  makeSystemctl,
  running,
  type SystemctlStandIn,
  UNIT,
} from '../../../shared/stand-ins/systemd/systemctl.ts'

/** The kernel tells hundredths of a second. */
const CLOCK_GRAIN_MS = 30

const about = { mark: 'k7f3-r1-1', after: 0 }
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }

let folder: string
let systemctl: SystemctlStandIn
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'systemd-'))
  systemctl = makeSystemctl(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

function makeConsumer(settings: Record<string, unknown> = {}) {
  const context = { name: 'worker', stateFolder: '/nowhere' }
  return make(options.parse({ unit: UNIT, systemctl: systemctl.path, ...settings }), context)
}

describe('a start', () => {
  const nowUs = () => Number(process.hrtime.bigint() / 1000n)
  let main: ChildProcess
  let span: { from: number; to: number }
  beforeEach(async () => {
    const from = Date.now()
    main = spawn('sleep', ['600'])
    await once(main, 'spawn')
    span = { from, to: Date.now() }
  })
  afterEach(async () => {
    main.kill('SIGKILL')
    await once(main, 'exit')
  })
  const show = (properties: object) => systemctl.set({ properties: { ...running, ...properties } })

  /** A busy machine makes a start seem earlier, by as long as it took to read. It must never seem later. */
  async function expectStart(from: number, to: number): Promise<void> {
    const before = Date.now()
    const { oldestStart = 0 } = await makeConsumer().ready(about, call)
    const took = Date.now() - before
    expect(oldestStart).toBeGreaterThanOrEqual(from - took - CLOCK_GRAIN_MS)
    expect(oldestStart).toBeLessThanOrEqual(to + CLOCK_GRAIN_MS)
  }

  test('is that of the main process, if its unit became active later', async () => {
    show({ MainPID: main.pid, ActiveEnterTimestampMonotonic: nowUs() + 3_600_000_000 })
    await expectStart(span.from, span.to)
  })

  test('is that of the unit, if the process is younger: another one may have run before it', async () => {
    const activeAt = Date.now() - 60_000
    show({ MainPID: main.pid, ActiveEnterTimestampMonotonic: nowUs() - 60_000_000 })
    await expectStart(activeAt, activeAt)
  })

  test('without a main process is when the unit left its rest', async () => {
    const leftAt = Date.now() - 5000
    show({ ActiveEnterTimestampMonotonic: nowUs(), InactiveExitTimestampMonotonic: nowUs() - 5_000_000 })
    await expectStart(leftAt, leftAt)
  })

  test.each([
    ['of a process that cannot be seen', { MainPID: 2 ** 22 + 1 }, /cannot be seen/],
    ['where processes of the former run may live on', { KillMode: 'process' }, /KillMode=process/],
  ])('%s proves nothing', async (_, properties, why) => {
    show({ MainPID: main.pid, ActiveEnterTimestampMonotonic: nowUs(), ...properties })
    expect(await makeConsumer().ready(about, call)).toEqual({ is: 'ready', why: expect.stringMatching(why) })
  })

  test('proves nothing about a reload', async () => {
    show({ MainPID: main.pid, ActiveEnterTimestampMonotonic: nowUs() })
    expect(await makeConsumer({ restart: 'reload' }).ready(about, call)).toEqual({ is: 'ready' })
  })
})
