/** Every metric that `serve` exports, in one table: the registry and the documentation are made from it. */

import { keyMetrics } from './key-metrics.ts'
import type { MetricRow } from './metric-row.ts'

export type { MetricRow } from './metric-row.ts'

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

/** Units and endings are those of Prometheus: seconds, and `_total` for what only grows. */
export const metricTable = {
  rotations: {
    name: 'keyrota_rotations_total',
    type: 'counter',
    labels: ['end', 'reason'],
    help: 'Rotations that ended in this process, by their end (completed, rolled-back, not-started) and by why they were started.',
  },
  rotationDuration: {
    name: 'keyrota_rotation_duration_seconds',
    type: 'histogram',
    labels: ['end'],
    help: 'Time from the start of a rotation to its end, overlap included.',
    buckets: [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY],
  },
  stepDuration: {
    name: 'keyrota_step_duration_seconds',
    type: 'histogram',
    labels: ['step'],
    help: 'Time that a rotation spent in a step that it has left.',
    buckets: [1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY],
  },
  ...keyMetrics,
  leakReports: {
    name: 'keyrota_leak_reports_total',
    type: 'counter',
    labels: ['receiver', 'result'],
    help: 'Requests to a receiver of leak reports, by its name in the config and by what came of them: taken, known (the same again), other (about no leak), refused (not authentic), unreadable, limited, busy, unavailable or failed.',
  },
  providerRequestDuration: {
    name: 'keyrota_provider_request_duration_seconds',
    type: 'histogram',
    labels: ['provider', 'verb', 'code'],
    help: 'Time of one call of a provider, by its name in the config, the verb, and what came of it: ok, an error code, timeout, unexpected or not_sent.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  callBudgetWait: {
    name: 'keyrota_call_budget_wait_seconds',
    type: 'histogram',
    labels: ['provider', 'verb'],
    help: 'How long a call of a provider waited for its turn, so that all processes together keep to the limits of the service.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 20],
  },
  callBudgetRate: {
    name: 'keyrota_call_budget_calls_per_second',
    type: 'gauge',
    labels: ['account', 'class'],
    help: 'Calls of this class that all processes together may send in a second now; lower than the limit after the service has refused calls, and absent where no limit is known.',
  },
  callBudgetLimit: {
    name: 'keyrota_call_budget_limit_calls_per_second',
    type: 'gauge',
    labels: ['account', 'class'],
    help: 'Calls of this class that the service takes in a second, as published, set in the config or learned; absent where no limit is known.',
  },
  callBudgetOwn: {
    name: 'keyrota_call_budget_own_calls_per_second',
    type: 'gauge',
    labels: ['account', 'class'],
    help: 'What of the budget this process may use now; absent where no limit is known.',
  },
  callBudgetWaiting: {
    name: 'keyrota_call_budget_waiting_calls',
    type: 'gauge',
    labels: ['account', 'class'],
    help: 'Calls of this process that wait for their turn.',
  },
  probeVerdicts: {
    name: 'keyrota_probe_verdicts_total',
    type: 'counter',
    labels: ['issuer', 'subject', 'verdict'],
    help: 'Verdicts of probes (accepted, rejected, unknown) about keys, and about the garbage key that is the control.',
  },
  journalCommitDuration: {
    name: 'keyrota_journal_commit_duration_seconds',
    type: 'histogram',
    labels: ['code'],
    help: 'Time of one commit to the journal, by what came of it.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  journalRequests: {
    name: 'keyrota_journal_requests_total',
    type: 'counter',
    labels: ['verb', 'code'],
    help: 'Calls of the journal, by verb and by what came of them; its watch is not counted.',
  },
  keyErrors: {
    name: 'keyrota_key_errors_total',
    type: 'counter',
    labels: ['kind'],
    help: 'Times that the work on one key ended in an error while the others went on, by the kind of the error; internal: a defect.',
  },
  usageFindings: {
    name: 'keyrota_usage_findings',
    type: 'gauge',
    labels: ['key', 'kind'],
    help: 'Open findings about the use of the key, by their kind (limit, spike, old-key, idle, silence, new-source, new-path); without a series: none.',
  },
  meterReadAt: {
    name: 'keyrota_meter_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ['meter'],
    help: 'When the meter last answered, to any process of this installation.',
  },
  meterFailures: {
    name: 'keyrota_meter_failures',
    type: 'gauge',
    labels: ['meter'],
    help: 'How many times in a row the meter did not answer; 0 while it does.',
  },
  configReload: {
    name: 'keyrota_config_reload_success',
    type: 'gauge',
    labels: [],
    help: '1 when the config was sound when it was last read, 0 when it was refused and the one before stays.',
  },
  configReloadedAt: {
    name: 'keyrota_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When a sound config was last read.',
  },
  ready: {
    name: 'keyrota_ready',
    type: 'gauge',
    labels: [],
    help: '1 while /readyz says that this process can do its work, else 0.',
  },
  buildInfo: {
    name: 'keyrota_build_info',
    type: 'gauge',
    labels: ['version', 'node_version'],
    help: 'Always 1; the version of Keyrota and of Node.js.',
  },
} as const satisfies Record<string, MetricRow>
