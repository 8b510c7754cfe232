/** What `keyrota serve` tells of its keys. Where their objects are seen, which outlast it, it steps back. */
import { type Group, growth, label, type Trigger } from './rule.ts'

const ID = 'cluster, namespace, key'
const KEY = label('key')
const DURATION = '{{ $value | humanizeDuration }}'
const EXPLAIN = `keyrota explain ${KEY}`

/** The highest sample of a key, whichever replicas tell of it. */
function of(metric: string): string {
  return `max by (${ID}) (keyrota_${metric})`
}

/** Only keys of which kube-state-metrics tells nothing: their alerts of the same name come from there. */
function unseen(expr: string): string {
  return `${expr}\nunless on (${ID}) keyrota_managedkey_info`
}

function overdue(severity: Trigger['severity'], limitS: number): Trigger {
  return {
    severity,
    expr: unseen(`time() - ${of('key_next_rotation_timestamp_seconds')} > ${limitS}`),
    for: '15m',
    summary: `Key ${KEY} has been due for ${DURATION} and was not rotated`,
    description: `The rotation of ${KEY} could have started ${DURATION} ago, and none runs. See why: \`${EXPLAIN}\`. What else waits: \`keyrota plan\`.`,
  }
}

const expires = of('key_expiration_timestamp_seconds')

const keys: Group['alerts'] = [
  {
    name: 'KeyrotaKeyExpiring',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'critical',
        expr: unseen(
          [
            `${expires} - time()`,
            `  < clamp_max(0.1 * (${expires} - time() + ${of('key_age_seconds')}), 86400)`,
            `unless on (${ID}) keyrota_key_rotation_start_timestamp_seconds{step="revoke"}`,
          ].join('\n'),
        ),
        for: '5m',
        summary: `Key ${KEY} ends in ${DURATION}, and no new one is in use`,
        description: `The issuer ends the key of ${KEY} in ${DURATION}; its consumers then hold a dead key. See what holds the rotation up: \`${EXPLAIN}\`. Start it now: \`keyrota rotate ${KEY}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaCompromisedKeyAlive',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'critical',
        expr: unseen(`time() - ${of('key_compromised_timestamp_seconds')} > 1800`),
        for: '1m',
        summary: `Leaked key ${KEY} may still work after ${DURATION}`,
        description: `Key ${KEY} was reported leaked ${DURATION} ago, and it is not replaced. What that waits for: \`${EXPLAIN}\`. To end the key although a target lags: \`keyrota rotate ${KEY} --compromised --kill-by 5m --reason "why"\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaKillByMissed',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'critical',
        expr: unseen(`time() - ${of('key_kill_by_timestamp_seconds')} > 120`),
        for: '1m',
        summary: `Leaked key ${KEY}: its deadline passed ${DURATION} ago`,
        description: `The leaked key of ${KEY} had to be dead ${DURATION} ago, and its rotation is still open. Whether it is dead, and which target lags: \`${EXPLAIN}\`. If it lives, revoke it at the issuer now.`,
      },
    ],
  },
  {
    name: 'KeyrotaKeyOverdue',
    meaning: '',
    steps: [],
    triggers: [overdue('warning', 21_600), overdue('critical', 259_200)],
  },
  {
    name: 'KeyrotaKeyBlocked',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'warning',
        expr: unseen(`${of('key_state{state="Blocked"}')} == 1`),
        for: '15m',
        summary: `Rotation of ${KEY} is blocked`,
        description: `The rotation of ${KEY} needs a person; the old key still works. The reason, its evidence and the command that continues it: \`${EXPLAIN}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaPersonAwaited',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'warning',
        expr: unseen(`${of('key_state{state="AwaitingPerson"}')} == 1`),
        for: '1d',
        summary: `Key ${KEY} has waited for a person for a day`,
        description: `A person has to create or delete a key for ${KEY}. What is asked for: \`${EXPLAIN}\`. Hand in a new key: \`keyrota supply ${KEY}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaKeyDrifted',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'warning',
        expr: unseen(`${of('drift')} == 1`),
        for: '15m',
        summary: `Key ${KEY}: a target holds a value that Keyrota did not write`,
        description: `A target of ${KEY} holds another value than the key in use. Nothing is overwritten. Which one, and what to do: \`${EXPLAIN}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaKeyToDelete',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'warning',
        expr: unseen(`${of('debts')} > 0`),
        for: '1h',
        summary: `{{ $value }} unused live key(s) of ${KEY} must be deleted at the issuer`,
        description: `Keyrota cannot delete {{ $value }} live key(s) of ${KEY} that nobody uses. Which, and how to confirm the deletion: \`keyrota status ${KEY}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaManyRollbacks',
    meaning: '',
    steps: [],
    triggers: [
      {
        severity: 'warning',
        expr: [
          `sum by (cluster, namespace) (${growth('rotations_total{end="rolled-back"}', '1d')}) >= 3`,
          'unless on (cluster) keyrota_managedkey_info',
        ].join('\n'),
        for: '5m',
        summary: '{{ $value | printf "%.0f" }} rotations were rolled back within a day',
        description:
          '{{ $value | printf "%.0f" }} rotations were rolled back within 24 hours; the old keys work. Which keys: `keyrota status`. Why: `keyrota explain KEY`.',
      },
    ],
  },
]

export const serveKeyRules: Group = {
  name: 'keyrota-serve-keys',
  source: 'serve',
  about:
    'From `/metrics` of `keyrota serve`: the same alerts as from the ManagedKey objects, for keys of which kube-state-metrics tells nothing (another journal, or no cluster).',
  alerts: keys,
}
