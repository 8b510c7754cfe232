import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAudit, type Sink } from '../../../../providers/journals/kubernetes/audit.ts'
import { openSink } from '../../../../providers/journals/kubernetes/sinks.ts'
import { machine } from '../../../../src/machine.ts'
import { advance, entryOf, recordOf, take } from '../../../laws/journal/fixture.ts'
import { collectBody } from '../../../shared/network/forward.ts'
import { VirtualClock } from '../../../shared/virtual-clock.ts'
import { useRig } from './rig.ts'

const rig = useRig()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-audit-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const entry = (seq: number) => ({ ...entryOf('web', `${seq}`), seq })
const numbers = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).seq)

describe('the audit trail', () => {
  test('goes to a file as JSON lines, with the numbers that the object has, before the commit returns', async () => {
    const path = join(folder, 'audit.jsonl')
    const journal = rig.open({ events: false, audit: { to: 'file', path } })
    let claim = await take(journal, rig.fixture)
    for (const text of ['a', 'b']) {
      const audit = [entryOf('web', text, { rotation: 'r1', data: { status: 200 } })]
      claim = advance(claim, await journal.commit(claim, { record: recordOf('web'), audit }))
    }
    const lines = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toEqual(
      (await journal.trail({ limit: 9 })).map(({ at, ...rest }) => ({
        ...rest,
        time: new Date(at).toISOString(),
      })),
    )
    expect(lines.map(({ text }) => text)).toEqual(['a', 'b'])
  })

  test('keeps its order through a sink that fails, which no commit waits for again', async () => {
    const clock = new VirtualClock()
    const taken: number[] = []
    let isDown = true
    const sink: Sink = {
      async write(lines) {
        if (isDown) throw new Error('it is full')
        taken.push(...numbers(lines))
      },
    }
    const audit = openAudit(sink, clock)
    const startedAt = clock.monotonicMs()
    await audit.add([entry(1), entry(2)])
    // The first commit is held for as long as one may be, and none from then on.
    expect(clock.monotonicMs() - startedAt).toBe(2_000)
    await audit.add([entry(3)])
    await audit.add([entry(4)])
    expect(clock.monotonicMs() - startedAt).toBe(2_000)
    expect(audit.problem()).toMatch(/takes nothing: it is full \(4 lines wait, 0 were dropped\)/)
    isDown = false
    await audit.settle(600_000)
    expect(taken).toEqual([1, 2, 3, 4])
    expect(audit.problem()).toBeNull()
  })

  test('drops the oldest lines of a sink that stays down, counts them, and says so', async () => {
    const clock = new VirtualClock()
    const taken: number[] = []
    let isDown = true
    const audit = openAudit(
      {
        async write(lines) {
          if (isDown) throw new Error('it is down')
          taken.push(...numbers(lines))
        },
      },
      clock,
    )
    for (let seq = 0; seq < 5_100; seq += 100)
      await audit.add(Array.from({ length: 100 }, (_, index) => entry(seq + index)))
    expect(audit.problem()).toMatch(/takes nothing: it is down \(5000 lines wait, 100 were dropped\)/)
    isDown = false
    await audit.settle(600_000)
    expect([taken.length, taken[0], taken.at(-1)]).toEqual([5_000, 100, 5_099])
    expect(audit.problem()).toMatch(/works again .*100 were dropped/)
  })

  test('shows in the status what its sink does not take', async () => {
    const path = join(folder, 'absent', 'audit.jsonl')
    const journal = rig.open({ events: false, audit: { to: 'file', path } })
    let claim = await take(journal, rig.fixture)
    for (const text of ['a', 'b'])
      claim = advance(
        claim,
        await journal.commit(claim, { record: recordOf('web'), audit: [entryOf('web', text)] }),
      )
    const { recordingProblem } = (rig.server.keys.get('keyrota/web')?.status ?? {}) as {
      recordingProblem?: string
    }
    expect(recordingProblem).toMatch(/ENOENT.*1 lines wait/)
    mkdirSync(join(folder, 'absent'))
    await journal.close()
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  test('is posted with a token, and again when the server refused it', async () => {
    const bodies: string[] = []
    const server = createServer(async (request, response) => {
      const body = (await collectBody(request)).toString()
      const { authorization, 'content-type': type } = request.headers
      bodies.push(`${authorization} ${type} ${body.trim()}`)
      response.writeHead(bodies.length === 1 ? 503 : 204).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`
    process.env.KEYROTA_TEST_AUDIT_TOKEN = 'a-token-of-the-sink'
    const options = { to: 'https', url, token: { env: 'KEYROTA_TEST_AUDIT_TOKEN' } } as const
    const sink = openSink(options, 'journal', machine.clock)
    await expect(sink.write(['{"seq":1}'])).rejects.toMatchObject({ code: 'unavailable' })
    await sink.write(['{"seq":1}', '{"seq":2}'])
    expect(bodies[1]).toBe('Bearer a-token-of-the-sink application/x-ndjson {"seq":1}\n{"seq":2}')
    server.close()
    delete process.env.KEYROTA_TEST_AUDIT_TOKEN
  })
})

describe('events', () => {
  test('are one for each step and reason of a rotation, whatever the number of processes', async () => {
    let claim = await take(rig.open(), rig.fixture)
    const blocked = {
      ...entryOf('web', 'refused', { rotation: 'r1', data: { reason: 'target-refused' } }),
      kind: 'blocked',
    }
    for (let count = 0; count < 3; count += 1) {
      const journal = rig.open()
      claim = advance(
        claim,
        await journal.commit(claim, { record: recordOf('web'), audit: [blocked, entryOf('web', 'a probe')] }),
      )
      await journal.close()
    }
    const events = [...rig.server.events.values()]
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      reason: 'TargetRefused',
      type: 'Warning',
      series: { count: 3 },
      note: 'refused',
    })
  })
})
