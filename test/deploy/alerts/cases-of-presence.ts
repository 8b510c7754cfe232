import { type AlertCase, ofObject, series } from './case.ts'

const CRON_JOB = { namespace: 'keyrota', cronjob: 'keyrota' }
const JOB = { namespace: 'keyrota', job: 'keyrota-metrics' }

const absent = { alert: 'KeyrotaAbsent', severity: 'critical' } as const
const down = { alert: 'KeyrotaDown', severity: 'critical' } as const
const vanished = { alert: 'KeyrotaVanished', severity: 'critical' } as const
const missed = { alert: 'KeyrotaRunMissed', severity: 'critical' } as const
const failing = { alert: 'KeyrotaRunFailing' } as const
const suspended = { alert: 'KeyrotaSuspended', severity: 'warning' } as const
const unseen = { alert: 'KeyrotaKeysUnseen', severity: 'warning' } as const

function ofCronJob(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  const from = { job: 'kube-state-metrics', instance: 'ksm:8080' }
  return series(`kube_cronjob_${metric}`, { ...from, ...CRON_JOB, ...labels })
}

const isUp = series('up', { ...JOB, instance: '10.0.0.7:9464' })
const build = series('keyrota_build_info', { ...JOB, instance: '10.0.0.7:9464', version: '0.1.0' })

/** What a person runs to find the last run. */
const LAST_JOBS =
  '`kubectl get jobs -n keyrota --sort-by=.metadata.creationTimestamp`, then `kubectl logs -n keyrota job/NAME`'

export const presenceCases: AlertCase[] = [
  {
    ...absent,
    when: 'when keys are left and the CronJob is gone, and ends when it is back',
    series: {
      [ofObject('info')]: '1x100',
      [ofObject('info', { managedkey: 'encoder' })]: '1x100',
      [ofCronJob('info')]: '1x10 _x50 1x40',
    },
    fires: { '10m': [], '29m': [], '32m': [{}], '70m': [] },
    text: {
      summary: '2 keys, and no Keyrota that rotates them',
      description:
        'There are 2 ManagedKeys, no CronJob of Keyrota, and no `keyrota serve` that is scraped. See what is there: `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`.',
    },
  },
  {
    ...absent,
    when: 'not while serve is scraped, and not without a key',
    series: { [ofObject('info')]: '1x60 _x60', [build]: '1x60 _x60' },
    fires: { '60m': [], '120m': [] },
  },
  {
    ...absent,
    when: 'for the cluster that has none, though another has one',
    series: {
      [ofObject('info', { cluster: 'north' })]: '1x60',
      [ofObject('info', { cluster: 'south' })]: '1x60',
      [ofCronJob('info', { cluster: 'north', cronjob: 'prod-keyrota-staging' })]: '1x60',
    },
    fires: { '30m': [{ cluster: 'south' }] },
  },
  {
    ...down,
    when: 'when no replica answers for ten minutes, and ends when one does',
    series: { [isUp]: '1x5 0x30 1x20', [series('up', { ...JOB, instance: '10.0.0.8:9464' })]: '0x60' },
    fires: { '15m': [], '16m': [JOB], '40m': [] },
    text: {
      summary: 'keyrota serve does not answer (job keyrota-metrics)',
      description:
        'No target of job keyrota-metrics has answered for 10 minutes. See its pods: `kubectl get pods -n keyrota -l app.kubernetes.io/name=keyrota`; then their logs.',
    },
  },
  {
    ...down,
    when: 'not while one of several replicas answers, and not for other jobs',
    series: {
      [isUp]: '1x60',
      [series('up', { ...JOB, instance: '10.0.0.8:9464' })]: '0x60',
      [series('up', { job: 'grafana', namespace: 'monitoring' })]: '0x60',
    },
    fires: { '60m': [] },
  },
  {
    ...vanished,
    when: 'when serve was scraped and has no target any more, and ends when it is back',
    series: { [build]: '1x10 _x50 1x20', [isUp]: '1x10 _x50 1x20' },
    fires: { '10m': [], '28m': [], '32m': [JOB], '70m': [] },
    text: {
      summary: 'keyrota serve has vanished (job keyrota-metrics)',
      description:
        'Job keyrota-metrics was scraped within the last day and has no target any more. See whether the release is there: `kubectl get deployments -n keyrota -l app.kubernetes.io/name=keyrota`.',
    },
  },
  {
    ...vanished,
    when: 'not when a CronJob has taken its place, and not while a target fails',
    series: {
      [build]: '1x10 _x110',
      [isUp]: '1x10 0x50 _x60',
      [ofCronJob('info')]: '_x55 1x65',
    },
    fires: { '50m': [], '120m': [] },
  },
  {
    ...missed,
    when: 'half an hour after a start that did not come, and ends with the next one',
    series: { [ofCronJob('next_schedule_time')]: '900x60 4500x20', [ofCronJob('status_active')]: '0x80' },
    fires: { '50m': [], '52m': [CRON_JOB], '65m': [] },
    text: {
      summary: 'CronJob keyrota/keyrota has missed its start by 37m 0s',
      description:
        'CronJob keyrota/keyrota should have started a run 37m 0s ago. Why not: `kubectl describe cronjob -n keyrota keyrota`. Start one: `kubectl create job --from=cronjob/keyrota -n keyrota now-$(date +%s)`.',
    },
  },
  {
    ...missed,
    when: 'not while a long run holds the next one up, and not for CronJobs of others',
    series: {
      [ofCronJob('next_schedule_time')]: '900x100',
      [ofCronJob('status_active')]: '1x100',
      [ofCronJob('next_schedule_time', { cronjob: 'backup' })]: '0x100',
    },
    fires: { '100m': [] },
  },
  {
    ...failing,
    severity: 'warning',
    when: 'when runs start for two hours and none succeeds, and ends when one does',
    series: {
      [ofCronJob('status_last_schedule_time')]: '0+60x200',
      [ofCronJob('status_last_successful_time')]: '0x150 9000+60x50',
    },
    fires: { '135m': [], '137m': [CRON_JOB], '155m': [] },
    text: {
      summary: 'No run of CronJob keyrota/keyrota has succeeded for 2 hours',
      description: `Runs of keyrota/keyrota start, and none has ended with exit code 0 for 2 hours. The code says why: 3 config, 4 a person is needed for a key, 5 a service is down. Find the last one with ${LAST_JOBS}.`,
    },
  },
  {
    ...failing,
    severity: 'warning',
    when: 'when none has ever succeeded',
    series: { [ofCronJob('status_last_schedule_time')]: '0+60x200' },
    fires: { '119m': [], '121m': [CRON_JOB] },
  },
  {
    ...failing,
    severity: 'warning',
    when: 'not for a run each night that succeeds, and not for a run each minute that takes half of it',
    series: {
      [ofCronJob('status_last_schedule_time')]: '-80000x60 3600x200',
      [ofCronJob('status_last_successful_time')]: '-79000x65 4000x195',
      [ofCronJob('status_last_schedule_time', { cronjob: 'keyrota-prod' })]: '0+60x260',
      [ofCronJob('status_last_successful_time', { cronjob: 'keyrota-prod' })]: '-30+60x260',
    },
    fires: { '130m': [], '250m': [] },
  },
  {
    ...failing,
    severity: 'critical',
    when: 'when none succeeds for a day, and ends when one does',
    series: {
      [ofCronJob('status_last_schedule_time')]: '0+60x1600',
      [ofCronJob('status_last_successful_time')]: '0x1500 90000+60x100',
    },
    fires: { '1440m': [], '1460m': [CRON_JOB], '1520m': [] },
  },
  {
    ...failing,
    severity: 'critical',
    when: 'not after two hours',
    series: { [ofCronJob('status_last_schedule_time')]: '0+60x200' },
    fires: { '200m': [] },
  },
  {
    ...suspended,
    when: 'after a day, and ends when it goes on',
    series: { [ofCronJob('spec_suspend')]: '1x1450 0x40' },
    fires: { '1430m': [], '1440m': [CRON_JOB], '1460m': [] },
    text: {
      summary: 'CronJob keyrota/keyrota has been suspended for a day',
      description:
        'CronJob keyrota/keyrota is suspended; no key is rotated. To end it: `kubectl patch cronjob -n keyrota keyrota -p \'{"spec":{"suspend":false}}\'`.',
    },
  },
  {
    ...suspended,
    when: 'not while it is not suspended, and not for CronJobs of others',
    series: {
      [ofCronJob('spec_suspend')]: '0x1500',
      [ofCronJob('spec_suspend', { cronjob: 'backup' })]: '1x1500',
    },
    fires: { '1500m': [] },
  },
  {
    ...unseen,
    when: 'when a CronJob is there and no key is told of, and ends when one is',
    series: { [ofCronJob('info')]: '1x100', [ofObject('info')]: '_x50 1x50' },
    fires: { '29m': [], '31m': [{}], '60m': [] },
    text: {
      summary: 'Keyrota runs, and its keys cannot be seen',
      description:
        'A CronJob of Keyrota is there, and kube-state-metrics tells of no ManagedKey: no alert of a key can fire. See whether there are any: `kubectl get managedkeys -A`; then give kube-state-metrics the file custom-resource-state.yaml.',
    },
  },
  {
    ...unseen,
    when: 'not without a CronJob of Keyrota',
    series: { [ofCronJob('info', { cronjob: 'backup' })]: '1x60' },
    fires: { '60m': [] },
  },
]
