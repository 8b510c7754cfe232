import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { make } from '../../providers/meters/promql/index.ts'
import { options } from '../../providers/meters/promql/options.ts'
import { SLOT_MS } from '../../src/contracts/usage.ts'
import { machine } from '../../src/machine.ts'
import { expectInTime, followStory, type Story, tellStory, type Use } from '../service/usage/every-finding.ts'
import { requireEnv } from '../shared/require-env.ts'

/* Prometheus itself (KEYROTA_TEST_PROMETHEUS, and KEYROTA_TEST_PROMTOOL to write history), with a gateway's counters. */

const folder = mkdtempSync(join(tmpdir(), 'keyrota-prometheus-'))
const SCRAPE_MS = 300_000

let server: ChildProcess | undefined
let url = ''
let story: Story

beforeAll(async () => {
  story = await tellStory()
  const metrics = join(folder, 'metrics.txt')
  writeFileSync(metrics, writeMetrics(story))
  const data = join(folder, 'data')
  const { status, stderr } = spawnSync(
    requireEnv('KEYROTA_TEST_PROMTOOL'),
    ['tsdb', 'create-blocks-from', '--max-block-duration=72h', 'openmetrics', metrics, data],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n')
  const port = await findPort()
  url = `http://127.0.0.1:${port}`
  server = spawn(
    requireEnv('KEYROTA_TEST_PROMETHEUS'),
    [
      ...[`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${data}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.retention.time=50y', '--log.level=error'],
    ],
    { stdio: 'inherit' },
  )
  await untilReady()
})

afterAll(async () => {
  if (server) {
    const ended = new Promise((resolve) => server?.once('exit', resolve))
    server.kill()
    await ended
  }
  rmSync(folder, { recursive: true })
})

test('every finding is made from the counters of a gateway, told in time and by name', async () => {
  const given = {
    ...{
      url,
      query: 'sum by (id, app, path) (increase(gateway_requests_total[30m]))',
      history: '21d',
      lag: '0s',
    },
    ...{
      key: { label: 'id', is: 'id' },
      by: { consumer: 'app', path: 'path' },
      control: 'min(up{job="gateway"})',
    },
  }
  const meter = make(options.parse(given), { name: 'gateway', stateFolder: '', ...machine })
  expectInTime(await followStory(story, meter))
})

test('a query that Prometheus does not take is an error that says so', async () => {
  const given = { url, query: 'sum by (id (x)', key: { label: 'id', is: 'id' } }
  const meter = make(options.parse(given), { name: 'gateway', stateFolder: '', ...machine })
  const request = { subjects: [], from: 0, to: SLOT_MS * 10, slotMs: SLOT_MS }
  const call = { signal: new AbortController().signal, beforeSend: () => undefined }
  await expect(meter.read(request, call)).rejects.toMatchObject({ code: 'invalid' })
})

/** Counters as they were scraped: each starts at 0 when its first request comes, and grows evenly within a half hour. */
function writeMetrics({ uses, from, to }: Story): string {
  const lines = ['# TYPE gateway_requests counter']
  const series = Map.groupBy(uses, ({ id, app, path }) => `id="${id}",app="${app}",path="${path}"`)
  for (const [labels, all] of series) {
    const amounts = new Map(all.map((use: Use) => [use.at, use.amount]))
    const first = Math.min(...amounts.keys()) - SLOT_MS
    let total = 0
    for (let at = first; at <= to; at += SCRAPE_MS) {
      lines.push(`gateway_requests_total{${labels}} ${total} ${at / 1000}`)
      const slot = Math.floor(at / SLOT_MS) * SLOT_MS + SLOT_MS
      total += ((amounts.get(slot) ?? 0) * SCRAPE_MS) / SLOT_MS
    }
  }
  lines.push('# TYPE up gauge')
  for (let at = from; at <= to; at += SCRAPE_MS) lines.push(`up{job="gateway"} 1 ${at / 1000}`)
  return `${lines.join('\n')}\n# EOF\n`
}

async function findPort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Prometheus is not ready after 30 s')
}
