/* Processes of one machine share a budget through a real journal; the service counts, and one of them is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../../providers/journals/sqlite/index.ts'
import { machine } from '../../../src/machine.ts'
import { CountingService } from '../../budget/rig.ts'

const PER_SECOND = 50
const sender = fileURLToPath(new URL('sender.ts', import.meta.url))
const children: ChildProcess[] = []
let folder: string
let host: string
let service: CountingService
let close: () => void

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-call-budget-'))
  service = new CountingService(machine.clock, PER_SECOND)
  const server = createServer((_request, response) => {
    const ok = service.answer()
    setTimeout(() => response.writeHead(ok ? 200 : 429).end(), 20)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  close = () => {
    server.closeAllConnections()
    server.close()
  }
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  close()
  rmSync(folder, { recursive: true })
})

const journalPath = () => join(folder, 'journal.sqlite')

function start(calls: number): ChildProcess {
  const args = [sender, journalPath(), host, `${calls}`, `${PER_SECOND}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  return child
}

/** How often the budget was written: each write makes the next revision. */
async function countWrites(): Promise<number> {
  const journal = openSqliteJournal(journalPath(), machine)
  const documents = await journal.documents.list('budget', { limit: 10 })
  await journal.close()
  expect(documents).toHaveLength(1)
  return documents[0]?.revision ?? 0
}

test('two share the limit as counted at the service; after kill -9 the other one has all of it', async () => {
  const startedAt = machine.clock.monotonicMs()
  const [killed, alive] = [start(100_000), start(1_500)]
  const ended = once(alive as ChildProcess, 'exit')
  await machine.clock.sleep(12_000)
  killed?.kill('SIGKILL')
  const killedAt = machine.clock.monotonicMs()
  expect(await ended).toEqual([0, null])
  const endedAt = machine.clock.monotonicMs()
  const { calls, refused } = service.between(0, Number.POSITIVE_INFINITY)
  const shared = service.between(startedAt + 5_000, killedAt)
  const alone = service.between(killedAt + 8_000, endedAt)
  const perSecond = ({ calls: count }: { calls: number }, ms: number) => (count * 1_000) / ms
  const figures = {
    writes: await countWrites(),
    shared: perSecond(shared, killedAt - startedAt - 5_000),
    alone: perSecond(alone, endedAt - killedAt - 8_000),
  }
  expect(refused / calls).toBeLessThan(0.01)
  expect(figures.shared).toBeLessThanOrEqual(PER_SECOND)
  expect(figures.shared).toBeGreaterThan(PER_SECOND * 0.85)
  // One machine: it is known at once that the process is gone.
  expect(figures.alone).toBeGreaterThan(PER_SECOND * 0.85)
  expect(figures.writes).toBeLessThan(60)
}, 120_000)
