import { type AlertCase, series } from './case.ts'

const POD = { namespace: 'prod', job: 'keyrota', instance: '10.0.0.7:9464' }
const PROD = { namespace: 'prod' }
const PROD_JOB = { namespace: 'prod', job: 'keyrota' }

const provider = { alert: 'KeyrotaProviderFailing', severity: 'warning', source: 'serve' } as const
const notifier = { alert: 'KeyrotaNotifierFailing', severity: 'warning', source: 'serve' } as const
const unsound = { alert: 'KeyrotaProbeUnsound', severity: 'critical', source: 'serve' } as const
const unanswered = { alert: 'KeyrotaProbesUnanswered', severity: 'warning', source: 'serve' } as const
const rejected = { alert: 'KeyrotaKeysRejected', severity: 'critical', source: 'serve' } as const
const journal = { alert: 'KeyrotaJournalFailing', severity: 'critical', source: 'serve' } as const
const slow = { alert: 'KeyrotaJournalSlow', severity: 'warning', source: 'serve' } as const
const config = { alert: 'KeyrotaConfigRefused', severity: 'warning', source: 'serve' } as const
const notReady = { alert: 'KeyrotaNotReady', severity: 'critical', source: 'serve' } as const
const internal = { alert: 'KeyrotaInternalError', severity: 'warning', source: 'serve' } as const

function of(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  return series(`keyrota_${metric}`, { ...POD, ...labels })
}

function called(code: string): string {
  return of('provider_request_duration_seconds_count', { provider: 'aws', verb: 'read', code })
}

function probed(subject: string, verdict: string): string {
  return of('probe_verdicts_total', { issuer: 'video', subject, verdict })
}

function committed(le: string): string {
  return of('journal_commit_duration_seconds_bucket', { code: 'ok', le })
}

export const serveCases: AlertCase[] = [
  {
    ...provider,
    when: 'when three of four calls fail for a quarter of an hour, and ends when they succeed',
    series: { [called('ok')]: '0+1x100', [called('denied')]: '0+3x50 150x50' },
    fires: { '14m': [], '40m': [{ ...PROD, provider: 'aws' }], '80m': [] },
    text: {
      summary: 'Most calls to aws fail',
      description:
        '75% of the calls to aws have failed for 15 minutes. What fails: `keyrota check`. Which keys wait: `keyrota status`.',
    },
  },
  {
    ...provider,
    when: 'not for secrets that are absent, for conflicts, for calls that were not sent, and for very few calls',
    series: {
      [called('not_found')]: '0+3x100',
      [called('conflict')]: '0+3x100',
      [called('not_sent')]: '0+3x100',
      [called('ok')]: '0+1x100',
      [of('provider_request_duration_seconds_count', { provider: 'vault', verb: 'read', code: 'timeout' })]:
        '4x100',
    },
    fires: { '100m': [] },
  },
  {
    ...notifier,
    when: 'when its attempts fail for a quarter of an hour, and ends when one succeeds',
    series: {
      [of('notifier_failing', { notifier: 'chat' })]: '0x5 1x20 0x20',
      [of('notifier_failing', { notifier: 'mail' })]: '0x50',
    },
    fires: { '20m': [], '21m': [{ ...PROD, notifier: 'chat' }], '28m': [] },
    text: {
      summary: 'Messages through chat are not delivered',
      description:
        'Messages through chat wait, for a day at most. Why: `keyrota status`. Try it: `keyrota notify test chat`.',
    },
  },
  {
    ...notifier,
    when: 'not for one that is back within minutes',
    series: { [of('notifier_failing', { notifier: 'chat' })]: '0x5 1x10 0x50' },
    fires: { '60m': [] },
  },
  {
    ...unsound,
    when: 'at the first garbage key that is accepted, and ends a quarter of an hour after the last',
    series: { [probed('garbage', 'accepted')]: '_x10 1x60', [probed('garbage', 'rejected')]: '0+1x70' },
    fires: { '9m': [], '12m': [{ ...PROD, issuer: 'video' }], '40m': [] },
    text: {
      summary: 'Issuer video accepts a garbage key',
      description:
        'A key that cannot exist was accepted by video within 15 minutes: no verdict of its probe counts. See what it calls: `keyrota check`.',
    },
  },
  {
    ...unsound,
    when: 'not for keys that are accepted',
    series: { [probed('key', 'accepted')]: '0+1x60', [probed('garbage', 'rejected')]: '0+1x60' },
    fires: { '60m': [] },
  },
  {
    ...unanswered,
    when: 'when most probes come to no verdict, and ends when they do',
    series: { [probed('key', 'unknown')]: '0+2x50 100x50', [probed('garbage', 'rejected')]: '0+1x100' },
    fires: { '14m': [], '40m': [{ ...PROD, issuer: 'video' }], '80m': [] },
    text: {
      summary: 'Most probes at video come to no verdict',
      description:
        '66.67% of the probes at video have come to no verdict for 15 minutes; its rotations wait. Why: `keyrota check`.',
    },
  },
  {
    ...unanswered,
    when: 'not while most are answered',
    series: { [probed('key', 'unknown')]: '0+1x100', [probed('key', 'accepted')]: '0+2x100' },
    fires: { '100m': [] },
  },
  {
    ...rejected,
    when: 'when keys that should work are refused, and ends when they are accepted',
    series: { [probed('key', 'rejected')]: '0+1x50 50x50', [probed('key', 'accepted')]: '0x50 0+1x50' },
    fires: { '5m': [], '40m': [{ ...PROD, issuer: 'video' }], '80m': [] },
    text: {
      summary: 'Issuer video rejects most keys',
      description:
        '100% of the probes of keys at video were rejected for 10 minutes. Which keys: `keyrota status`. Evidence: `keyrota explain KEY`.',
    },
  },
  {
    ...rejected,
    when: 'not at the end of a rotation: the old key is dead, the new one accepted, garbage refused',
    series: {
      [probed('key', 'rejected')]: '0+1x60',
      [probed('key', 'accepted')]: '0+1x60',
      [probed('garbage', 'rejected')]: '0+2x60',
    },
    fires: { '60m': [] },
  },
  {
    ...journal,
    when: 'when most calls fail, and ends when they succeed',
    series: {
      [of('journal_requests_total', { verb: 'claim', code: 'unavailable' })]: '_x5 0+2x45 90x50',
      [of('journal_requests_total', { verb: 'commit', code: 'ok' })]: '5x50 5+2x50',
    },
    fires: { '5m': [], '20m': [PROD], '80m': [] },
    text: {
      summary: 'Most calls to the journal of Keyrota fail',
      description:
        '100% of the calls to the journal have failed for 15 minutes; no rotation goes on. Why: `curl http://127.0.0.1:9464/readyz`.',
    },
  },
  {
    ...journal,
    when: 'not when others hold the keys',
    series: {
      [of('journal_requests_total', { verb: 'claim', code: 'held' })]: '0+2x60',
      [of('journal_requests_total', { verb: 'commit', code: 'lost-claim' })]: '0+2x60',
    },
    fires: { '60m': [] },
  },
  {
    ...slow,
    when: 'when one commit in a hundred takes more than two seconds, and ends when it does not',
    series: {
      [committed('1')]: '0+8x40 320+10x60',
      [committed('2.5')]: '0+8x40 320+10x60',
      [committed('5')]: '0+10x40 400+10x60',
      [committed('+Inf')]: '0+10x40 400+10x60',
    },
    fires: { '14m': [], '20m': [PROD], '80m': [] },
    text: {
      summary: 'Commits to the journal of Keyrota are slow',
      description:
        'One commit in a hundred takes 4.875s or more. How slow: `curl http://127.0.0.1:9464/metrics | grep keyrota_journal`. Then look at the journal itself: API server and etcd, or the disk.',
    },
  },
  {
    ...slow,
    when: 'not for quick commits, and not without any',
    series: {
      [committed('1')]: '0+10x30 300x60',
      [committed('2.5')]: '0+10x30 300x60',
      [committed('+Inf')]: '0+10x30 300x60',
    },
    fires: { '29m': [], '90m': [] },
  },
  {
    ...config,
    when: 'when a replica refuses the config, and ends when it takes one',
    series: {
      [of('config_reload_success')]: '1x5 0x20 1x20',
      [of('config_reload_success', { instance: '10.0.0.8:9464' })]: '1x50',
    },
    fires: { '10m': [], '11m': [PROD_JOB], '28m': [] },
    text: {
      summary: 'Keyrota refuses its changed config',
      description:
        'The config was changed and is refused; the one before stays in force. Every problem with its place: `keyrota check --config FILE`, in a cluster `helm test RELEASE -n KEYROTA-NAMESPACE --logs`.',
    },
  },
  {
    ...config,
    when: 'not for a sound one',
    series: { [of('config_reload_success')]: '1x60' },
    fires: { '60m': [] },
  },
  {
    ...notReady,
    when: 'when no replica is ready for ten minutes, and ends when one is',
    series: {
      [of('ready')]: '1x5 0x20 1x20',
      [of('ready', { instance: '10.0.0.8:9464' })]: '0x50',
      [of('config_reload_success')]: '1x50',
    },
    fires: { '15m': [], '16m': [PROD_JOB], '28m': [] },
    text: {
      summary: 'No replica of keyrota serve is ready',
      description:
        'No replica of keyrota serve has been able to do its work for 10 minutes. Why: `curl http://127.0.0.1:9464/readyz`.',
    },
  },
  {
    ...notReady,
    when: 'not for a refused config, which has an alert of its own, and not while one replica is ready',
    series: {
      [of('ready')]: '0x60',
      [of('config_reload_success')]: '0x60',
      [of('ready', { job: 'keyrota-2' })]: '0x60',
      [of('ready', { job: 'keyrota-2', instance: '10.0.0.8:9464' })]: '1x60',
    },
    fires: { '60m': [] },
  },
  {
    ...internal,
    when: 'at the first defect, and ends an hour after the last',
    series: { [of('key_errors_total', { kind: 'internal' })]: '_x10 1x160' },
    fires: { '9m': [], '12m': [PROD], '90m': [] },
    text: {
      summary: 'Keyrota ran into a defect',
      description:
        'The work on a key ended in an unexpected error within an hour. Which key and why stands in the log: `kubectl logs -n prod -l app.kubernetes.io/name=keyrota --tail=-1`. How the keys are: `keyrota status`.',
    },
  },
  {
    ...internal,
    when: 'not for a service that is down',
    series: { [of('key_errors_total', { kind: 'unavailable' })]: '0+1x60' },
    fires: { '60m': [] },
  },
]
