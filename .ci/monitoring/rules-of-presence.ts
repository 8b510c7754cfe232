/** Whether anything drives the keys at all: the CronJob of the chart, or `keyrota serve`. */
import { type Group, label, type Trigger } from './rule.ts'

/** CronJobs of the chart, whatever the release is called, unless `fullnameOverride` leaves the name out. */
const CRON_JOB = 'cronjob=~"(.+-)?keyrota(-.+)?"'
const ID = 'cluster, namespace, cronjob'
const NAME = `${label('namespace')}/${label('cronjob')}`
const DURATION = '{{ $value | humanizeDuration }}'
const LAST_JOBS = `kubectl get jobs -n ${label('namespace')} --sort-by=.metadata.creationTimestamp`

function ofCronJob(metric: string): string {
  return `max by (${ID}) (kube_cronjob_${metric}{${CRON_JOB}})`
}

function failing(severity: Trigger['severity'], time: string, words: string): Trigger {
  return {
    severity,
    // 15 minutes: with a short schedule, every look may fall between the start of a run and its end.
    expr: [
      `(${ofCronJob('status_last_schedule_time')} - ${ofCronJob('status_last_successful_time')} > 900)`,
      `or (${ofCronJob('status_last_schedule_time')} unless on (${ID}) kube_cronjob_status_last_successful_time)`,
    ].join('\n'),
    for: time,
    summary: `No run of CronJob ${NAME} has succeeded for ${words}`,
    description: `Runs of ${NAME} start, and none has ended with exit code 0 for ${words}. The code says why: 3 config, 4 a person is needed for a key, 5 a service is down. Find the last one with \`${LAST_JOBS}\`, then \`kubectl logs -n ${label('namespace')} job/NAME\`.`,
  }
}

export const presenceRules: Group = {
  name: 'keyrota-presence',
  about:
    'Whether anything drives the keys. From kube-state-metrics (its own metrics of CronJobs, and the ManagedKey objects) and from the scrape of `keyrota serve`.',
  alerts: [
    {
      name: 'KeyrotaAbsent',
      meaning:
        'There are ManagedKeys, and neither a CronJob of Keyrota nor a `keyrota serve` that is scraped. Nothing rotates them, and no emergency can be handled.',
      steps: [
        'See whether the release is there: `helm list -A` and `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`.',
        'If it was removed on purpose, remove the objects too: `kubectl get managedkeys -A`.',
        'With `mode: deployment`, see that Prometheus scrapes it (`metrics.serviceMonitor.enabled` or `metrics.podMonitor.enabled`).',
        'With `fullnameOverride`, the name of the CronJob must still contain `keyrota`, or the rules need another selector.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: [
            'count by (cluster) (keyrota_managedkey_info)',
            'unless on (cluster) keyrota_build_info',
            `unless on (cluster) kube_cronjob_info{${CRON_JOB}}`,
          ].join('\n'),
          for: '15m',
          summary: '{{ $value }} keys, and no Keyrota that rotates them',
          description:
            'There are {{ $value }} ManagedKeys, no CronJob of Keyrota, and no `keyrota serve` that is scraped. See what is there: `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`.',
        },
      ],
    },
    {
      name: 'KeyrotaDown',
      meaning:
        'No replica of `keyrota serve` answers. Keys in use go on working; nothing is rotated, and a rotation under way waits.',
      steps: [
        'See the pods: `kubectl get pods -A -l app.kubernetes.io/name=keyrota`, then `kubectl describe` and `kubectl logs --previous` of one.',
        'Outside of a cluster: the status of the service or the container, and its log.',
        'If the pod is healthy, see that Prometheus may reach its port (`networkPolicy`).',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: 'max by (cluster, namespace, job) (up{job=~".*keyrota.*"}) == 0',
          for: '10m',
          summary: `keyrota serve does not answer (job ${label('job')})`,
          description: `No target of job ${label('job')} has answered for 10 minutes. See its pods: \`kubectl get pods -n ${label('namespace')} -l app.kubernetes.io/name=keyrota\`; then their logs.`,
        },
      ],
    },
    {
      name: 'KeyrotaVanished',
      meaning:
        'A `keyrota serve` that was scraped within the last day has no target any more, and no CronJob took its place. This alert ends a day later by itself; with ManagedKey objects KeyrotaAbsent goes on.',
      steps: [
        'See whether the release is there: `helm list -A`, `kubectl get deployments -A -l app.kubernetes.io/name=keyrota`.',
        'See whether the ServiceMonitor or PodMonitor still matches it.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: [
            'count by (cluster, namespace, job) (last_over_time(keyrota_build_info[1d]))',
            'unless on (cluster, namespace, job) up',
            `unless on (cluster, namespace) kube_cronjob_info{${CRON_JOB}}`,
          ].join('\n'),
          for: '15m',
          summary: `keyrota serve has vanished (job ${label('job')})`,
          description: `Job ${label('job')} was scraped within the last day and has no target any more. See whether the release is there: \`kubectl get deployments -n ${label('namespace')} -l app.kubernetes.io/name=keyrota\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaRunMissed',
      meaning:
        'The CronJob should have started a run half an hour ago, none runs, and none was started: the controller manager is down, a quota refuses the pod, or too many starts were missed.',
      steps: [
        'Read its Events: `kubectl describe cronjob -n NAMESPACE NAME`.',
        'Start a run by hand: `kubectl create job --from=cronjob/NAME -n NAMESPACE now-$(date +%s)`.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: [
            `time() - ${ofCronJob('next_schedule_time')} > 1800`,
            `unless on (${ID}) (kube_cronjob_status_active > 0)`,
          ].join('\n'),
          for: '5m',
          summary: `CronJob ${NAME} has missed its start by ${DURATION}`,
          description: `CronJob ${NAME} should have started a run ${DURATION} ago. Why not: \`kubectl describe cronjob -n ${label('namespace')} ${label('cronjob')}\`. Start one: \`kubectl create job --from=cronjob/${label('cronjob')} -n ${label('namespace')} now-$(date +%s)\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaRunFailing',
      meaning:
        'Runs start, and none ends well (warning: for 2 hours, critical: for a day). A blocked key also makes a run fail, by exit code 4, while the other keys are rotated; then the alert of that key says more.',
      steps: [
        'Read the log of the last run: `kubectl get jobs -n NAMESPACE --sort-by=.metadata.creationTimestamp`, then `kubectl logs -n NAMESPACE job/NAME`.',
        'Its last line has the exit code: 1 internal, 2 usage, 3 config, 4 a person is needed, 5 a service is down, 6 claimed elsewhere.',
        'For code 3, check the config as the pod sees it: `helm test RELEASE -n KEYROTA-NAMESPACE --logs`.',
      ],
      triggers: [failing('warning', '2h', '2 hours'), failing('critical', '1d', 'a day')],
    },
    {
      name: 'KeyrotaSuspended',
      meaning: 'The CronJob has been suspended for a day. Nothing is rotated.',
      steps: [
        'If it was forgotten, end it: `kubectl patch cronjob -n NAMESPACE NAME -p \'{"spec":{"suspend":false}}\'`, and `cronjob.suspend: false` in the values.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${ofCronJob('spec_suspend')} == 1`,
          for: '1d',
          summary: `CronJob ${NAME} has been suspended for a day`,
          description: `CronJob ${NAME} is suspended; no key is rotated. To end it: \`kubectl patch cronjob -n ${label('namespace')} ${label('cronjob')} -p '{"spec":{"suspend":false}}'\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaKeysUnseen',
      meaning:
        'There is a CronJob of Keyrota, and kube-state-metrics tells of no ManagedKey. Every alert of a key is blind. Expected only while no key is declared, or with another journal than `kubernetes`; then silence it.',
      steps: [
        'Give kube-state-metrics the config that the chart makes with `kubeStateMetrics.enabled: true` (flag `--custom-resource-state-config-file`).',
        'Let it `list` and `watch` `managedkeys.keyrota.dev`, and `customresourcedefinitions.apiextensions.k8s.io`.',
        'Look into its log for `managedkeys`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `count by (cluster) (kube_cronjob_info{${CRON_JOB}})\nunless on (cluster) keyrota_managedkey_info`,
          for: '30m',
          summary: 'Keyrota runs, and its keys cannot be seen',
          description:
            'A CronJob of Keyrota is there, and kube-state-metrics tells of no ManagedKey: no alert of a key can fire. See whether there are any: `kubectl get managedkeys -A`; then give kube-state-metrics the file custom-resource-state.yaml.',
        },
      ],
    },
  ],
}
