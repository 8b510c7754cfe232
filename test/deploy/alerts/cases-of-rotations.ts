import { type AlertCase, DESCRIBE, ofObject, RENDERER } from './case.ts'

const compromised = { alert: 'KeyrotaCompromisedKeyAlive', severity: 'critical', source: 'objects' } as const
const killBy = { alert: 'KeyrotaKillByMissed', severity: 'critical', source: 'objects' } as const
const stuck = { alert: 'KeyrotaRotationStuck', severity: 'warning', source: 'objects' } as const
const rollbacks = { alert: 'KeyrotaManyRollbacks', severity: 'warning', source: 'objects' } as const
const deletion = { alert: 'KeyrotaDeletionStuck', severity: 'warning', source: 'objects' } as const

function started(labels: { step: string; standing: string; reason: string }): string {
  return ofObject('rotation_start_timestamp_seconds', labels)
}

function ended(managedkey: string, end: string): string {
  return ofObject('last_rotation_end_timestamp_seconds', { managedkey, end, reason: 'age' })
}

export const rotationCases: AlertCase[] = [
  {
    ...compromised,
    when: 'when a leaked key was not ended in half an hour, whatever step it is in, and ends with the rotation',
    series: {
      [started({ step: 'deploy', standing: 'active', reason: 'compromised' })]: '0x20 _x40',
      [started({ step: 'revoke', standing: 'blocked', reason: 'compromised' })]: '_x20 0x20 _x20',
    },
    fires: { '30m': [], '32m': [RENDERER], '50m': [] },
    text: {
      summary: 'Leaked key video/renderer may still work after 32m 0s',
      description: `Key video/renderer was reported leaked, and its rotation has run for 32m 0s. What it waits for: ${DESCRIBE}. To end the key although a target lags: \`kubectl annotate managedkey -n video renderer keyrota.dev/compromised="why" keyrota.dev/kill-by=5m\`.`,
    },
  },
  {
    ...compromised,
    when: 'not for a rotation that is due to age',
    series: { [started({ step: 'revoke', standing: 'waiting', reason: 'age' })]: '0x120' },
    fires: { '120m': [] },
  },
  {
    ...killBy,
    when: 'when the deadline has passed and the rotation is open, and ends with it',
    series: { [ofObject('kill_by_timestamp_seconds')]: '900x20 _x20' },
    fires: { '16m': [], '19m': [RENDERER], '30m': [] },
    text: {
      summary: 'Leaked key video/renderer: its deadline passed 4m 0s ago',
      description: `The leaked key of video/renderer had to be dead 4m 0s ago, and its rotation is still open. Whether it is dead, and which target lags: ${DESCRIBE}. If it lives, revoke it at the issuer now.`,
    },
  },
  {
    ...killBy,
    when: 'not before the deadline',
    series: { [ofObject('kill_by_timestamp_seconds')]: '7200x100' },
    fires: { '100m': [] },
  },
  {
    ...stuck,
    when: 'when nothing drives a rotation for two days, and ends when it moves on',
    series: {
      [started({ step: 'deploy', standing: 'active', reason: 'age' })]: '-172800x30 _x30',
      [started({ step: 'revoke', standing: 'waiting', reason: 'age' })]: '_x30 -172800x30',
    },
    fires: { '14m': [], '17m': [RENDERER], '40m': [] },
    text: {
      summary: 'Rotation of video/renderer has been under way for 2d 0h 17m 0s',
      description: `The rotation of video/renderer started 2d 0h 17m 0s ago and has not reached its overlap. Where it stands: ${DESCRIBE}. Whether Keyrota runs: \`kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota\`.`,
    },
  },
  {
    ...stuck,
    when: 'not while it waits for a person, and not in a long overlap',
    series: {
      [started({ step: 'create', standing: 'awaiting-operator', reason: 'age' })]: '-259200x30 _x30',
      [started({ step: 'revoke', standing: 'waiting', reason: 'age' })]: '_x30 -259200x30',
    },
    fires: { '29m': [], '60m': [] },
  },
  {
    ...rollbacks,
    when: 'when three keys were rolled back within a day, and ends when one is a day ago',
    series: {
      [ended('a', 'rolled-back')]: '-85200x60',
      [ended('b', 'rolled-back')]: '0x60',
      [ended('c', 'rolled-back')]: '0x60',
    },
    fires: { '4m': [], '6m': [{}], '30m': [] },
    text: {
      summary: '3 keys were rolled back within a day',
      description:
        'The last rotation of 3 keys was rolled back within 24 hours; the old keys work. Which: `kubectl get managedkeys -A -o wide`. Why: `kubectl keyrota explain KEY`.',
    },
  },
  {
    ...rollbacks,
    when: 'not for two of them beside others that were completed',
    series: {
      [ended('a', 'rolled-back')]: '0x60',
      [ended('b', 'rolled-back')]: '0x60',
      [ended('c', 'completed')]: '0x60',
      [ended('d', 'not-started')]: '0x60',
    },
    fires: { '60m': [] },
  },
  {
    ...deletion,
    when: 'after an hour, and ends when the object is gone',
    series: { [ofObject('deletion_timestamp_seconds')]: '0x70 _x20' },
    fires: { '64m': [], '67m': [RENDERER], '80m': [] },
    text: {
      summary: 'Deletion of video/renderer has not ended for 1h 7m 0s',
      description: `The deletion of video/renderer was asked for 1h 7m 0s ago, and its finalizer keyrota.dev/rotation is still there. What is left: ${DESCRIBE}.`,
    },
  },
  {
    ...deletion,
    when: 'not in the first hour',
    series: { [ofObject('deletion_timestamp_seconds')]: '0x50 _x30' },
    fires: { '50m': [], '80m': [] },
  },
]
