/** What is wrong with rotations under way or just ended, as ManagedKey objects tell. */
import { type Group, label } from './rule.ts'

const ID = 'cluster, namespace, managedkey'
const KEY = `${label('namespace')}/${label('managedkey')}`
const DESCRIBE = `kubectl describe managedkey -n ${label('namespace')} ${label('managedkey')}`
const DURATION = '{{ $value | humanizeDuration }}'

/** Seconds since a time that the objects tell. */
function since(metric: string): string {
  return `time() - max by (${ID}) (keyrota_managedkey_${metric})`
}

export const rotationRules: Group = {
  name: 'keyrota-rotations',
  source: 'objects',
  about: 'From kube-state-metrics with `custom-resource-state.yaml`, as the group before.',
  alerts: [
    {
      name: 'KeyrotaCompromisedKeyAlive',
      meaning:
        'A key was reported leaked half an hour ago, and its rotation has not ended: the leaked key may still work.',
      steps: [
        'See what it waits for: `kubectl describe managedkey -n NAMESPACE NAME`. Most often a target or a consumer lags.',
        'With the CronJob, start a run at once: `kubectl create job --from=cronjob/keyrota -n KEYROTA-NAMESPACE now-$(date +%s)`.',
        'If the leak costs more than an outage, set a deadline: `kubectl annotate managedkey -n NAMESPACE NAME keyrota.dev/compromised="why" keyrota.dev/kill-by=5m`. The old key then ends although a consumer lags; Keyrota names the consumers that will break.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: `${since('rotation_start_timestamp_seconds{reason="compromised"}')} > 1800`,
          for: '1m',
          summary: `Leaked key ${KEY} may still work after ${DURATION}`,
          description: `Key ${KEY} was reported leaked, and its rotation has run for ${DURATION}. What it waits for: \`${DESCRIBE}\`. To end the key although a target lags: \`kubectl annotate managedkey -n ${label('namespace')} ${label('managedkey')} keyrota.dev/compromised="why" keyrota.dev/kill-by=5m\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaKillByMissed',
      meaning:
        'The deadline that a person set for a leaked key has passed, and the rotation is still open: the key was not revoked, or a target still has to get the new one.',
      steps: [
        'See whether the old key is dead: `kubectl describe managedkey -n NAMESPACE NAME`.',
        'If it is not, revoke it at the issuer now. Keyrota finds out by probing.',
        'If it is, repair the target that lags; Keyrota writes the new key as soon as it can.',
      ],
      triggers: [
        {
          severity: 'critical',
          expr: `${since('kill_by_timestamp_seconds')} > 120`,
          for: '1m',
          summary: `Leaked key ${KEY}: its deadline passed ${DURATION} ago`,
          description: `The leaked key of ${KEY} had to be dead ${DURATION} ago, and its rotation is still open. Whether it is dead, and which target lags: \`${DESCRIBE}\`. If it lives, revoke it at the issuer now.`,
        },
      ],
    },
    {
      name: 'KeyrotaRotationStuck',
      meaning:
        'A rotation has been under way for two days, before its overlap, and waits for nobody: a rotation gives up earlier than that, so nothing drives it. Both keys work.',
      steps: [
        'See whether Keyrota runs: `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`, then the log of its last pod.',
        'See where the rotation stands: `kubectl describe managedkey -n NAMESPACE NAME`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${since('rotation_start_timestamp_seconds{step!="revoke",standing=~"active|waiting"}')} > 172800`,
          for: '15m',
          summary: `Rotation of ${KEY} has been under way for ${DURATION}`,
          description: `The rotation of ${KEY} started ${DURATION} ago and has not reached its overlap. Where it stands: \`${DESCRIBE}\`. Whether Keyrota runs: \`kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaManyRollbacks',
      meaning:
        'Three or more keys were rolled back within a day. One rollback is a bad rollout of one workload; several have a common cause: an issuer that refuses new keys, a probe that changed, a broken image.',
      steps: [
        'List them: `kubectl get managedkeys -A -o wide`, column LAST END.',
        'Compare their reasons: `kubectl keyrota explain KEY`.',
        'Until the cause is found, pause the keys that share it: `kubectl annotate managedkey -n NAMESPACE NAME keyrota.dev/pause=true`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `count by (cluster) (${since('last_rotation_end_timestamp_seconds{end="rolled-back"}')} < 86400) >= 3`,
          for: '5m',
          summary: '{{ $value }} keys were rolled back within a day',
          description:
            'The last rotation of {{ $value }} keys was rolled back within 24 hours; the old keys work. Which: `kubectl get managedkeys -A -o wide`. Why: `kubectl keyrota explain KEY`.',
        },
      ],
    },
    {
      name: 'KeyrotaDeletionStuck',
      meaning:
        'The deletion of a ManagedKey was asked for an hour ago and has not ended. Keyrota ends a running rotation first and takes its finalizer away last; it is not there, or it cannot.',
      steps: [
        'See what is left: `kubectl describe managedkey -n NAMESPACE NAME`.',
        'See whether Keyrota runs: `kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota`.',
        'Do not remove the finalizer by hand while a rotation runs: its keys would be forgotten alive.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `${since('deletion_timestamp_seconds')} > 3600`,
          for: '5m',
          summary: `Deletion of ${KEY} has not ended for ${DURATION}`,
          description: `The deletion of ${KEY} was asked for ${DURATION} ago, and its finalizer keyrota.dev/rotation is still there. What is left: \`${DESCRIBE}\`.`,
        },
      ],
    },
  ],
}
