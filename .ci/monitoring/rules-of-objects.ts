/** What is wrong with a key, as its ManagedKey object tells: in both modes of the chart, also when Keyrota is gone. */
import { type Group, label, type Trigger } from './rule.ts'

/** What identifies an object; without the labels of the program that told of it, which come and go. */
const ID = 'cluster, namespace, managedkey'
const KEY = `${label('namespace')}/${label('managedkey')}`
const DESCRIBE = `kubectl describe managedkey -n ${label('namespace')} ${label('managedkey')}`

/** The highest sample of each object. */
function of(metric: string): string {
  return `max by (${ID}) (keyrota_managedkey_${metric})`
}

/** The reason of a condition, asked for when the text is made: as a label it would begin the alert again when it changes. */
function reasonOf(condition: string): string {
  const selector = `keyrota_managedkey_status_condition{namespace='%s',managedkey='%s',type='${condition}'}`
  return `{{ with printf "${selector}" $labels.namespace $labels.managedkey | query }}{{ . | first | label "reason" }}{{ end }}`
}

const DURATION = '{{ $value | humanizeDuration }}'

function overdue(severity: Trigger['severity'], limitS: number): Trigger {
  return {
    severity,
    expr: `time() - ${of('next_rotation_timestamp_seconds')} > ${limitS}`,
    for: '15m',
    summary: `Key ${KEY} has been due for ${DURATION} and was not rotated`,
    description: `The rotation of ${KEY} could have started ${DURATION} ago, and none runs. See why: \`${DESCRIBE}\`. Then see whether Keyrota runs at all: \`kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota\`.`,
  }
}

export const objectRules: Group = {
  name: 'keyrota-keys',
  source: 'objects',
  about:
    'From kube-state-metrics with `custom-resource-state.yaml`: the ManagedKey objects as the API server has them. Works with the CronJob and with `keyrota serve`, and goes on when Keyrota is gone.',
  alerts: [
    {
      name: 'KeyrotaKeyOverdue',
      meaning:
        'A rotation could have started hours ago (warning: 6 hours, critical: 3 days) and none runs. Nothing is broken yet: the old key still works. Either Keyrota does not run, or a limit (`limits.perRun`, `limits.perDay`, a group) holds the key back.',
      steps: [
        'Look at the conditions and Events: `kubectl describe managedkey -n NAMESPACE NAME`.',
        'See whether Keyrota runs: `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`, then the log of its last pod.',
        'See what waits and why: `kubectl keyrota plan`.',
      ],
      triggers: [overdue('warning', 21_600), overdue('critical', 259_200)],
    },
    {
      name: 'KeyrotaKeyExpiring',
      meaning:
        'The key in use ends by itself soon (the last tenth of its life, at most 24 hours), and no rotation has moved its consumers to a new one. When it ends, they hold a dead key.',
      steps: [
        'See what holds the rotation up: `kubectl describe managedkey -n NAMESPACE NAME`.',
        'Start it now: `kubectl annotate managedkey -n NAMESPACE NAME keyrota.dev/rotate="expires soon"`, and with the CronJob `kubectl create job --from=cronjob/keyrota -n KEYROTA-NAMESPACE now-$(date +%s)`.',
        'If the issuer cannot be reached in time, ask it to extend the key.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: [
            `${of('expiration_timestamp_seconds')} - time()`,
            `  < clamp_max(0.1 * (${of('expiration_timestamp_seconds')} - ${of('current_since_timestamp_seconds')}), 86400)`,
            `unless on (${ID}) keyrota_managedkey_rotation_start_timestamp_seconds{step="revoke"}`,
          ].join('\n'),
          for: '5m',
          summary: `Key ${KEY} ends in ${DURATION}, and no new one is in use`,
          description: `The issuer ends the key of ${KEY} in ${DURATION}; its consumers then hold a dead key. See what holds the rotation up: \`${DESCRIBE}\`. Start it now: \`kubectl annotate managedkey -n ${label('namespace')} ${label('managedkey')} keyrota.dev/rotate="expires soon"\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaKeyBlocked',
      meaning:
        'A rotation stands still until a person decides. Keyrota revokes nothing meanwhile: the old key works. The reason and the exact command stand in the condition `Blocked`.',
      steps: [
        'Read the condition: `kubectl describe managedkey -n NAMESPACE NAME`, or `kubectl keyrota explain KEY` for the evidence.',
        'Do what it says; most reasons end by themselves when the cause is gone.',
        'If it asks for a confirmation, give exactly that one: `kubectl annotate managedkey -n NAMESPACE NAME keyrota.dev/confirm="WHAT"`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${of('status_info{state="Blocked"}')} > 0`,
          for: '15m',
          summary: `Rotation of ${KEY} is blocked: ${reasonOf('Blocked')}`,
          description: `The rotation of ${KEY} needs a person (${reasonOf('Blocked')}). The old key still works. The command that continues it stands in the condition: \`${DESCRIBE}\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaPersonAwaited',
      meaning:
        'Keyrota has asked a person to create or delete a key at an issuer that has no API for it, and a day has passed.',
      steps: [
        'Read what is asked for, with the link and the name to use: `kubectl keyrota explain KEY`.',
        'Create the key and hand it in: `kubectl keyrota supply KEY`. Or delete the named key; Keyrota finds out by itself.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${of('status_info{state="AwaitingPerson"}')} > 0`,
          for: '1d',
          summary: `Key ${KEY} has waited for a person for a day: ${reasonOf('Rotating')}`,
          description: `A person has to create or delete a key for ${KEY} (${reasonOf('Rotating')}). What is asked for: \`${DESCRIBE}\`. Hand in a new key: \`kubectl keyrota supply KEY\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaKeyDrifted',
      meaning:
        'A target holds a value that Keyrota did not write: somebody changed the key by hand, or another controller writes to the same field. Keyrota overwrites nothing, and rotates nothing until it is settled.',
      steps: [
        'See which target, and who wrote: `kubectl describe managedkey -n NAMESPACE NAME`.',
        'If the value is a key that should be in use, adopt it; if it is a mistake, write the value in use again. Both commands stand in the output of `kubectl keyrota explain KEY`.',
        'If a controller writes the field, make its source the target.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${of('status_condition{type="Drifted"}')} == 1`,
          for: '15m',
          summary: `Key ${KEY}: a target holds a value that Keyrota did not write`,
          description: `A target of ${KEY} holds another value than the key in use. Which one: \`${DESCRIBE}\`. Nothing is overwritten; what to do about it: \`kubectl keyrota explain KEY\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaKeyToDelete',
      meaning:
        'A live key that nobody uses is left at the issuer (a _debt_), and Keyrota cannot delete it: each is a way in that nobody watches.',
      steps: [
        'See which key: `kubectl keyrota status KEY`.',
        'Delete it at the issuer and confirm it with the command that `status` prints. Keyrota probes where it can, and takes the debt off by itself.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${of('debts')} > 0`,
          for: '1h',
          summary: `{{ $value }} unused live key(s) of ${KEY} must be deleted at the issuer`,
          description: `Keyrota cannot delete {{ $value }} live key(s) of ${KEY} that nobody uses. Which: \`${DESCRIBE}\`. Delete them at the issuer, then confirm as \`kubectl keyrota status KEY\` says.`,
        },
      ],
    },
    {
      name: 'KeyrotaKeyNotReady',
      meaning:
        'Something else about a key needs a person: it has no key yet, a target refuses to be read, a dead value came back, or a leaked key still lives. The reason of the condition `Ready` says which.',
      steps: ['Read the condition `Ready` and its message: `kubectl describe managedkey -n NAMESPACE NAME`.'],
      triggers: [
        {
          severity: 'warning',
          expr: [
            `${of('status_condition{type="Ready"}')} == 0`,
            `unless on (${ID}) keyrota_managedkey_status_info{state=~"Blocked|AwaitingPerson"}`,
            `unless on (${ID}) (keyrota_managedkey_status_condition{type="Drifted"} == 1)`,
            `unless on (${ID}) (keyrota_managedkey_debts > 0)`,
          ].join('\n'),
          for: '1h',
          summary: `Key ${KEY} is not ready: ${reasonOf('Ready')}`,
          description: `Key ${KEY} needs a person (${reasonOf('Ready')}). What is wrong, and what to do: \`${DESCRIBE}\`.`,
        },
      ],
    },
  ],
}
