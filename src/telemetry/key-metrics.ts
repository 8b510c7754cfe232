/** What `serve` exports of each key. */
import type { MetricRow } from './metric-row.ts'

export const keyMetrics = {
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
  overdueKeys: {
    name: 'keyrota_overdue_keys',
    type: 'gauge',
    labels: [],
    help: 'Keys that should have been replaced by now: older than `every`, past their expiry, or reported leaked.',
  },
  notifierQueued: {
    name: 'keyrota_notifier_queued_messages',
    type: 'gauge',
    labels: ['notifier'],
    help: 'Messages that wait for this notifier, as of the last round of delivery.',
  },
  notifierFailing: {
    name: 'keyrota_notifier_failing',
    type: 'gauge',
    labels: ['notifier'],
    help: '1 while the last attempt of this notifier failed, else 0.',
  },
  notifierAttempts: {
    name: 'keyrota_notifier_attempts_total',
    type: 'counter',
    labels: ['notifier', 'code'],
    help: 'Attempts to deliver a message, by what came of them: ok is a delivery, everything else a failure.',
  },
  notifierDropped: {
    name: 'keyrota_notifier_dropped_messages_total',
    type: 'counter',
    labels: ['notifier'],
    help: 'Messages that were given up: not delivered for a day, or too many.',
  },
  keysLeftOut: {
    name: 'keyrota_keys_left_out',
    type: 'gauge',
    labels: [],
    help: 'Keys that have no series of their own, because there are more than 10,000.',
  },
} as const satisfies Record<string, MetricRow>
