/** Every metric that `serve` exports, in one table: the registry and the documentation are made from it. */

export interface MetricRow {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
}

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
  keyInfo: {
    name: 'keyrota_key_info',
    type: 'gauge',
    labels: ['key', 'environment', 'service', 'owner', 'issuer'],
    help: 'Always 1; joins what the config says of a key to its other series.',
  },
  nextRotation: {
    name: 'keyrota_key_next_rotation_timestamp_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'When the next rotation of the key may start, in the past when it is due; absent while none is planned or one is running.',
  },
  keyAge: {
    name: 'keyrota_key_age_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'Age of the key in use; absent while none is known.',
  },
  keyOverdue: {
    name: 'keyrota_key_overdue_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'How long the key in use should have been replaced already: since it was older than `every`, had expired or was reported leaked. 0 while it need not be.',
  },
  keyExpiration: {
    name: 'keyrota_key_expiration_timestamp_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'When the key in use ends by itself; absent while it does not, as far as is known.',
  },
  rotationStart: {
    name: 'keyrota_key_rotation_start_timestamp_seconds',
    type: 'gauge',
    labels: ['key', 'step'],
    help: 'When the rotation that runs was started, with the step that it is in; absent while none runs.',
  },
  keyCompromised: {
    name: 'keyrota_key_compromised_timestamp_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'When the key was reported leaked; absent once its rotation has ended.',
  },
  keyKillBy: {
    name: 'keyrota_key_kill_by_timestamp_seconds',
    type: 'gauge',
    labels: ['key'],
    help: 'When the leaked key ends although a target lags, as a person has set it; absent once its rotation has ended.',
  },
  keyState: {
    name: 'keyrota_key_state',
    type: 'gauge',
    labels: ['key', 'state'],
    help: '1 for the state that the key is in (New, Current, Observed, Paused, Rotating, Waiting, AwaitingPerson, Blocked, NotInConfig); the other states have no series.',
  },
  blocked: {
    name: 'keyrota_blocked',
    type: 'gauge',
    labels: ['reason'],
    help: 'Keys whose rotation is blocked for this reason; without a series: none.',
  },
  drift: {
    name: 'keyrota_drift',
    type: 'gauge',
    labels: ['key'],
    help: '1 while a target of the key holds something else than the key, else 0.',
  },
  debts: {
    name: 'keyrota_debts',
    type: 'gauge',
    labels: ['key'],
    help: 'Live keys that nobody uses and that only a person can delete.',
  },
  keysLeftOut: {
    name: 'keyrota_keys_left_out',
    type: 'gauge',
    labels: [],
    help: 'Keys that have no series of their own, because there are more than 10,000.',
  },
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
