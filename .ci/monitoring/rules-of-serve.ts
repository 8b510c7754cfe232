/** What `keyrota serve` tells itself on `/metrics`. For keys it steps back where their objects are seen, which outlast it. */
import { type Group, label, type Trigger } from './rule.ts'

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
    expr: unseen(`${of('key_overdue_seconds')} > ${limitS}`),
    for: '15m',
    summary: `Key ${KEY} has been due for ${DURATION} and was not rotated`,
    description: `The rotation of ${KEY} could have started ${DURATION} ago, and none runs. See why: \`${EXPLAIN}\`. What else waits: \`keyrota plan\`.`,
  }
}

/** More than half of the calls in 15 minutes, and enough of them to say so. */
function mostFail(metric: string, by: string, good: string): string {
  const rate = (selector: string) => `sum by (${by}) (rate(keyrota_${metric}_count${selector}[15m]))`
  return [
    `${rate(`{code!~"${good}"}`)} / ${rate('')} > 0.5`,
    `and sum by (${by}) (increase(keyrota_${metric}_count[15m])) >= 5`,
  ].join('\n')
}

const keys: Group['alerts'] = [
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
        expr: unseen(`${of('drift')} > 0`),
        for: '15m',
        summary: `Key ${KEY}: a target holds a value that Keyrota did not write`,
        description: `{{ $value }} target(s) of ${KEY} hold another value than the key in use. Nothing is overwritten. Which, and what to do: \`${EXPLAIN}\`.`,
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
]

export const serveKeyRules: Group = {
  name: 'keyrota-serve-keys',
  source: 'serve',
  about:
    'From `/metrics` of `keyrota serve`: the same alerts as from the ManagedKey objects, for keys of which kube-state-metrics tells nothing (another journal, or no cluster).',
  alerts: keys,
}

export const serveRules: Group = {
  name: 'keyrota-serve',
  source: 'serve',
  about: 'From `/metrics` of `keyrota serve`: what no object tells.',
  alerts: [
    {
      name: 'KeyrotaProviderFailing',
      meaning:
        'More than half of the calls to an issuer, a store or a consumer have failed for 15 minutes. Rotations that need it wait; nothing is revoked on a failed call.',
      steps: [
        'The code says what fails: `denied` a right is missing, `throttled` a quota, `unavailable` the service or the network, `invalid` the config.',
        'See rights and reach of everything the config names: `keyrota check`.',
        'See which keys wait for it: `keyrota status`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: mostFail('provider_request_duration_seconds', 'cluster, namespace, provider', 'ok'),
          for: '15m',
          summary: `Most calls to ${label('provider')} fail`,
          description: `{{ $value | humanizePercentage }} of the calls to ${label('provider')} have failed for 15 minutes. What fails: \`keyrota check\`. Which keys wait: \`keyrota status\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaJournalFailing',
      meaning:
        'More than half of the commits to the journal have failed for 15 minutes. Nothing is done without a commit: rotations stand still, and nothing is lost.',
      steps: [
        'Ask a replica why: `curl http://127.0.0.1:9464/readyz` (with `kubectl port-forward`).',
        'Look after the journal: the API server, PostgreSQL, or the disk of the state folder.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: mostFail('journal_commit_duration_seconds', 'cluster, namespace', 'ok|lost-claim'),
          for: '5m',
          summary: 'Most commits to the journal of Keyrota fail',
          description:
            '{{ $value | humanizePercentage }} of the commits have failed for 15 minutes; no rotation goes on. The reason stands in the answer of `/readyz` and in the log.',
        },
      ],
    },
    {
      name: 'KeyrotaJournalSlow',
      meaning:
        'One commit in a hundred takes longer than 2 seconds. A lease is short: much slower, and claims are lost in the middle of a rotation, which is safe and costs time.',
      steps: [
        'Look at the latency of the journal itself: API server and etcd, PostgreSQL, or the disk.',
        'Too many rotations at once make it slow: see `limits.atOnce`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: 'histogram_quantile(0.99, sum by (cluster, namespace, le) (rate(keyrota_journal_commit_duration_seconds_bucket[15m]))) > 2',
          for: '15m',
          summary: 'Commits to the journal of Keyrota are slow',
          description:
            'One commit in a hundred takes {{ $value | humanizeDuration }} or more. Look at the latency of the journal: API server and etcd, PostgreSQL, or the disk.',
        },
      ],
    },
    {
      name: 'KeyrotaRollbacks',
      meaning:
        'Three or more rotations were rolled back within a day. As KeyrotaManyRollbacks, counted by the process.',
      steps: [
        'List the keys and how their last rotation ended: `keyrota status`.',
        'Compare the reasons: `keyrota explain KEY`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: 'sum by (cluster, namespace) (increase(keyrota_rotations_total{end="rolled-back"}[1d])) >= 3',
          for: '5m',
          summary: '{{ $value | humanize }} rotations were rolled back within a day',
          description:
            '{{ $value | humanize }} rotations were rolled back within 24 hours; the old keys work. Which keys: `keyrota status`. Why: `keyrota explain KEY`.',
        },
      ],
    },
  ],
}
