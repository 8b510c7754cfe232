/** What the dashboard shows, row by row. */
import { IN, OBJECT, quantile, type Row, rate } from './panel.ts'
import { keyRow } from './panels-of-keys.ts'

const rotations: Row = {
  title: 'Rotations',
  panels: [
    {
      title: 'Rotations ended',
      description:
        'By their end, as `keyrota serve` counts them. Rolled back: the old key is in use, and alive.',
      kind: 'time',
      unit: 'short',
      width: 8,
      stacked: true,
      queries: [{ expr: `sum by (end) (increase(keyrota_rotations_total{${IN}}[1h]))`, legend: '{{end}}' }],
    },
    {
      title: 'Last rotation of each key',
      description:
        'How many keys had their last rotation within 30 days, by its end; from ManagedKey objects.',
      kind: 'time',
      unit: 'short',
      width: 8,
      stacked: true,
      queries: [
        {
          expr: `count by (end) (time() - max by (${OBJECT}, end) (keyrota_managedkey_last_rotation_end_timestamp_seconds{${IN}}) < 2592000)`,
          legend: '{{end}}',
        },
      ],
    },
    {
      title: 'Under way, by step',
      description: 'Rotations that run now.',
      kind: 'time',
      unit: 'short',
      width: 8,
      stacked: true,
      queries: [
        {
          expr: `count by (step) (max by (${OBJECT}, step) (keyrota_managedkey_rotation_start_timestamp_seconds{${IN}})) or count by (step) (max by (key, step) (keyrota_key_rotation_start_timestamp_seconds{${IN}}))`,
          legend: '{{step}}',
        },
      ],
    },
    {
      title: 'Duration of a rotation',
      description: 'From start to end, overlap included.',
      kind: 'time',
      unit: 's',
      width: 12,
      queries: [
        { expr: quantile(0.5, 'rotation_duration_seconds', '', '6h'), legend: 'half' },
        { expr: quantile(0.95, 'rotation_duration_seconds', '', '6h'), legend: '95 %' },
      ],
    },
    {
      title: 'Time in a step, 95 %',
      description: 'Where rotations spend their time; the overlap is a part of revoke.',
      kind: 'time',
      unit: 's',
      width: 12,
      logarithmic: true,
      queries: [{ expr: quantile(0.95, 'step_duration_seconds', 'step, ', '6h'), legend: '{{step}}' }],
    },
  ],
}

const services: Row = {
  title: 'Issuers, stores and consumers',
  panels: [
    {
      title: 'Calls that fail',
      description:
        'By provider and code: `denied` a right, `throttled` a quota, `unavailable` the service, `invalid` the config.',
      kind: 'time',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: `sum by (provider, code) (rate(keyrota_provider_request_duration_seconds_count{${IN},code!="ok"}[$__rate_interval]))`,
          legend: '{{provider}} {{code}}',
        },
      ],
    },
    {
      title: 'Time of a call, 95 %',
      description: 'By provider, failed calls included.',
      kind: 'time',
      unit: 's',
      width: 8,
      queries: [
        { expr: quantile(0.95, 'provider_request_duration_seconds', 'provider, '), legend: '{{provider}}' },
      ],
    },
    {
      title: 'Verdicts of probes',
      description:
        'A garbage key that is accepted makes every verdict worthless; unknown is never taken for rejected.',
      kind: 'time',
      unit: 'cps',
      width: 8,
      queries: [
        {
          expr: rate('probe_verdicts_total', 'issuer, subject, verdict'),
          legend: '{{issuer}}: {{subject}} {{verdict}}',
        },
      ],
    },
  ],
}

const CRON_JOB = 'cronjob=~"(.+-)?keyrota(-.+)?"'

const itself: Row = {
  title: 'Keyrota itself',
  panels: [
    {
      title: 'Since the last good run',
      description:
        'CronJob: time since a run ended with exit code 0. A blocked key makes runs end otherwise.',
      kind: 'time',
      unit: 's',
      width: 6,
      queries: [
        {
          expr: `time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{${IN},${CRON_JOB}})`,
          legend: '{{namespace}}/{{cronjob}}',
        },
      ],
    },
    {
      title: 'Replicas of serve',
      description: 'Those that answer, and those that can do their work.',
      kind: 'time',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `count(keyrota_build_info{${IN}}) or vector(0)`, legend: 'answer' },
        { expr: `sum(keyrota_ready{${IN}}) or vector(0)`, legend: 'ready' },
        {
          expr: `count(keyrota_config_reload_success{${IN}} == 0) or vector(0)`,
          legend: 'refuse the config',
        },
      ],
    },
    {
      title: 'Time of a commit',
      description: 'Nothing is done without a commit to the journal.',
      kind: 'time',
      unit: 's',
      width: 6,
      queries: [
        { expr: quantile(0.5, 'journal_commit_duration_seconds', ''), legend: 'half' },
        { expr: quantile(0.99, 'journal_commit_duration_seconds', ''), legend: '99 %' },
      ],
    },
    {
      title: 'Calls to the journal',
      description: 'By what came of them; held: another process works on the key.',
      kind: 'time',
      unit: 'reqps',
      width: 6,
      queries: [{ expr: rate('journal_requests_total', 'code'), legend: '{{code}}' }],
    },
  ],
}

export const rows: readonly Row[] = [keyRow, rotations, services, itself]
