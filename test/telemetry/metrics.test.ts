import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { type KeyRecord, newRecord } from '../../src/contracts/record.ts'
import { deliverChore } from '../../src/service/notify/chore.ts'
import { createSummarize } from '../../src/service/summarize.ts'
import { createKeyGauges, type KnownKey } from '../../src/telemetry/key-gauges.ts'
import { type MetricRow, metricTable } from '../../src/telemetry/metric-table.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { makeRig } from '../engine/harness.ts'
import { alarm, makeNotifyRig, refuse } from '../service/notify/rig.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 27)
const rows = Object.values(metricTable) as MetricRow[]

function make() {
  return createMetrics({ version: '1.2.3', now: () => NOW })
}

/** Lines of the exposition that are about this metric, without HELP and TYPE. */
async function seriesOf(metrics: ReturnType<typeof make>, row: MetricRow): Promise<string[]> {
  const lines = (await metrics.text()).split('\n')
  return lines.filter((line) => line.startsWith(`${row.name}{`) || line.startsWith(`${row.name} `))
}

test.each(rows.map((row) => [row.name, row] as const))('%s follows the conventions', (name, row) => {
  expect(name).toMatch(/^keyrota_[a-z_]+$/)
  expect(name.endsWith('_total')).toBe(row.type === 'counter')
  if (row.type === 'histogram') {
    expect(name).toMatch(/_seconds$/)
    expect(row.buckets?.toSorted((a, b) => a - b)).toEqual(row.buckets)
  }
  expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours)(_|$)/)
  expect(row.help).toMatch(/^[A-Z0-9].*\.$/)
})

test('each has HELP and TYPE in what is exported, and the process has its own', async () => {
  const text = await make().text()
  for (const { name, type, help } of rows) {
    expect(text).toContain(`# HELP ${name} ${help}\n`)
    expect(text).toContain(`# TYPE ${name} ${type}\n`)
  }
  expect(text).toContain('process_resident_memory_bytes')
  expect(text).toContain(`keyrota_build_info{version="1.2.3",node_version="${process.version}"} 1`)
})

test('a whole rotation shows in ends, steps, calls and verdicts', async () => {
  const metrics = make()
  const rig = makeRig()
  const { end } = await rig.rotate({}, { ...rig.process(), watch: metrics.watcher })
  expect(end).toBe('ended')
  expect(await seriesOf(metrics, metricTable.rotations)).toEqual([
    'keyrota_rotations_total{end="completed",reason="asked"} 1',
  ])
  const text = await metrics.text()
  for (const step of ['preflight', 'create', 'deploy', 'validate', 'revoke'])
    expect(text, step).toContain(`keyrota_step_duration_seconds_count{step="${step}"} 1`)
  for (const verb of ['issue', 'probe', 'revoke'])
    expect(text).toMatch(
      new RegExp(`request_duration_seconds_count\\{provider="issuer",verb="${verb}",code="ok"\\} [1-9]`),
    )
  for (const verb of ['read', 'write'])
    expect(text).toContain(`seconds_count{provider="store",verb="${verb}",code="ok"}`)
  expect(text).toContain('{issuer="issuer",subject="garbage",verdict="rejected"}')
  expect(text).toContain('{issuer="issuer",subject="key",verdict="accepted"}')
  expect(text).toContain('keyrota_rotation_duration_seconds_count{end="completed"} 1')
})

function known(name: string, change: Partial<KeyRecord> = {}, more: Partial<KeyConfig> = {}): KnownKey {
  const config = { ...makeRig().key, name, ...more }
  config.policy = { ...config.policy, everyMs: 90 * DAY_MS }
  const current = {
    ...{ fingerprint: 'a1b2c3d4e5f60718', since: NOW - 30 * DAY_MS, sinceFrom: 'rotation' as const },
    ...{ adopted: false, versions: {} },
  }
  return { name, config, record: { ...newRecord(name, 'k7f3'), current, ...change } }
}

async function gaugesOf(keys: KnownKey[], limit?: number) {
  const metrics = make()
  const set = createKeyGauges(
    createSummarize((name) => keys.find((key) => key.name === name)?.config),
    limit,
  )
  metrics.onCollect((gauges) => set(gauges, keys, NOW))
  return metrics
}

test('a key shows its age, its next rotation, its state and how long it is overdue', async () => {
  const old = known('old')
  if (old.record?.current) old.record.current.since = NOW - 100 * DAY_MS
  const leaked = known('leaked', { request: { reason: 'compromised', at: NOW - 60_000 } })
  const metrics = await gaugesOf([known('young'), old, leaked, { ...known('new'), record: undefined }])
  const text = await metrics.text()
  expect(text).toContain(`keyrota_key_age_seconds{key="young"} ${30 * 86_400}`)
  expect(text).toContain('keyrota_key_overdue_seconds{key="young"} 0')
  expect(text).toContain(`keyrota_key_overdue_seconds{key="old"} ${10 * 86_400}`)
  expect(text).toContain('keyrota_key_overdue_seconds{key="leaked"} 60')
  expect(text).toContain('keyrota_key_state{key="young",state="Current"} 1')
  expect(text).toContain('keyrota_key_state{key="new",state="New"} 1')
  expect(text).toMatch(/keyrota_key_next_rotation_timestamp_seconds\{key="young"\} 1\d{9}/)
  expect(text).toMatch(
    /keyrota_key_info\{key="young",environment="test",service="renderer",owner="team",issuer="issuer"\} 1/,
  )
})

test('a key that is gone has no series any more, and no more keys than the limit have one', async () => {
  const keys = Array.from({ length: 5 }, (_, index) => known(`key-${index}`))
  const metrics = await gaugesOf(keys, 3)
  expect(await seriesOf(metrics, metricTable.keyAge)).toHaveLength(3)
  expect(await seriesOf(metrics, metricTable.keysLeftOut)).toEqual(['keyrota_keys_left_out 2'])
  keys.splice(1)
  expect(await seriesOf(metrics, metricTable.keyAge)).toEqual([
    `keyrota_key_age_seconds{key="key-0"} ${30 * 86_400}`,
  ])
})

test('what is found out of a record is kept with it, and found out again when it changes', async () => {
  let asked = 0
  const key = known('video')
  const summarize = createSummarize(() => key.config)
  const set = createKeyGauges((record, now) => {
    asked += 1
    return summarize(record, now)
  })
  const metrics = make()
  metrics.onCollect((gauges) => set(gauges, [key], NOW))
  await metrics.text()
  await metrics.text()
  expect(asked).toBe(1)
  key.record = { ...(key.record as KeyRecord), debts: [{ name: 'n', rotation: 'r', why: 'w', since: NOW }] }
  expect(await seriesOf(metrics, metricTable.debts)).toEqual(['keyrota_debts{key="video"} 1'])
  expect(asked).toBe(2)
})

test('a refused config and a failed commit show', async () => {
  const metrics = make()
  metrics.listener.reloaded?.('refused')
  metrics.listener.journalCalled?.({ verb: 'commit', code: 'unavailable', durationMs: 20 })
  metrics.countError('internal')
  const text = await metrics.text()
  expect(text).toContain('keyrota_config_reload_success 0')
  expect(text).toContain(`keyrota_config_last_reload_success_timestamp_seconds ${NOW / 1_000}`)
  expect(text).toContain('keyrota_journal_requests_total{verb="commit",code="unavailable"} 1')
  expect(text).toContain('keyrota_journal_commit_duration_seconds_count{code="unavailable"} 1')
  expect(text).toContain('keyrota_key_errors_total{kind="internal"} 1')
})

test('notifiers show what waits, what fails and what came of each attempt, by their name alone', async () => {
  const metrics = make()
  const rig = makeNotifyRig()
  const context = { ...rig.open(), watch: metrics.watcher }
  rig.fail('chat', refuse('unavailable'))
  context.providers.tell(alarm)
  await deliverChore.work(context)
  expect(await seriesOf(metrics, metricTable.notifierQueued)).toEqual([
    'keyrota_notifier_queued_messages{notifier="chat"} 1',
    'keyrota_notifier_queued_messages{notifier="pager"} 0',
  ])
  expect(await seriesOf(metrics, metricTable.notifierFailing)).toEqual([
    'keyrota_notifier_failing{notifier="chat"} 1',
    'keyrota_notifier_failing{notifier="pager"} 0',
  ])
  expect((await seriesOf(metrics, metricTable.notifierAttempts)).sort()).toEqual([
    'keyrota_notifier_attempts_total{notifier="chat",code="unavailable"} 1',
    'keyrota_notifier_attempts_total{notifier="pager",code="ok"} 1',
  ])
  rig.pass(2 * DAY_MS)
  await deliverChore.work(context)
  expect(await seriesOf(metrics, metricTable.notifierDropped)).toEqual([
    'keyrota_notifier_dropped_messages_total{notifier="chat"} 1',
  ])
  expect(await seriesOf(metrics, metricTable.providerRequestDuration)).toEqual([])
})
