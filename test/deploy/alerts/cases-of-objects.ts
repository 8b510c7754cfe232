import { type AlertCase, DESCRIBE, ofObject, RENDERER } from './case.ts'

/* The beginning is 1970, so times before it are negative, and a key that was due a day ago was due at -86400. */

const overdue = { alert: 'KeyrotaKeyOverdue', source: 'objects' } as const
const expiring = { alert: 'KeyrotaKeyExpiring', severity: 'critical', source: 'objects' } as const
const blocked = { alert: 'KeyrotaKeyBlocked', severity: 'warning', source: 'objects' } as const
const awaited = { alert: 'KeyrotaPersonAwaited', severity: 'warning', source: 'objects' } as const
const drifted = { alert: 'KeyrotaKeyDrifted', severity: 'warning', source: 'objects' } as const
const debts = { alert: 'KeyrotaKeyToDelete', severity: 'warning', source: 'objects' } as const
const notReady = { alert: 'KeyrotaKeyNotReady', severity: 'warning', source: 'objects' } as const

const next = ofObject('next_rotation_timestamp_seconds')
const expires = ofObject('expiration_timestamp_seconds')
const since = ofObject('current_since_timestamp_seconds')

export const objectCases: AlertCase[] = [
  {
    ...overdue,
    severity: 'warning',
    when: 'when nothing was started for six hours, and ends when a rotation starts',
    series: { [next]: '-21600x30 _x20' },
    fires: { '14m': [], '17m': [RENDERER], '40m': [] },
    text: {
      summary: 'Key video/renderer has been due for 6h 17m 0s and was not rotated',
      description: `The rotation of video/renderer could have started 6h 17m 0s ago, and none runs. See why: ${DESCRIBE}. Then see whether Keyrota runs at all: \`kubectl get cronjobs,deployments -A -l app.kubernetes.io/name=keyrota\`.`,
    },
  },
  {
    ...overdue,
    severity: 'warning',
    when: 'not while the next rotation is planned, and not for a key without a plan',
    series: { [next]: '86400x60', [ofObject('info', { managedkey: 'observed' })]: '1x60' },
    fires: { '60m': [] },
  },
  {
    ...overdue,
    severity: 'critical',
    when: 'when nothing was started for three days, also while kube-state-metrics starts again',
    series: {
      [next]: '-259000x10 _x40',
      [ofObject('next_rotation_timestamp_seconds', { instance: 'ksm-2:8080' })]: '_x9 -259000x20 259200x20',
    },
    fires: { '18m': [], '19m': [RENDERER], '40m': [] },
  },
  {
    ...overdue,
    severity: 'critical',
    when: 'not after two days',
    series: { [next]: '-172800x60' },
    fires: { '60m': [] },
  },
  {
    ...expiring,
    when: 'in the last hours of a key that nothing replaces, and ends with the new key',
    series: { [expires]: '86700x30 7776000x30', [since]: '-7689300x30 0x30' },
    fires: { '5m': [], '12m': [RENDERER], '32m': [] },
    text: {
      summary: 'Key video/renderer ends in 23h 53m 0s, and no new one is in use',
      description: `The issuer ends the key of video/renderer in 23h 53m 0s; its consumers then hold a dead key. See what holds the rotation up: ${DESCRIBE}. Start it now: \`kubectl annotate managedkey -n video renderer keyrota.dev/rotate="expires soon"\`.`,
    },
  },
  {
    ...expiring,
    when: 'not for a key of one day in the middle of its life',
    series: { [expires]: '43200x60', [since]: '-43200x60' },
    fires: { '60m': [] },
  },
  {
    ...expiring,
    when: 'not when every consumer has moved and the old key ends in the overlap',
    series: {
      [expires]: '3600x50',
      [since]: '-7776000x50',
      [ofObject('rotation_start_timestamp_seconds', { step: 'revoke', standing: 'waiting', reason: 'age' })]:
        '0x50',
    },
    fires: { '30m': [] },
  },
  {
    ...expiring,
    when: 'while a rotation still deploys',
    series: {
      [expires]: '3600x50',
      [since]: '-7776000x50',
      [ofObject('rotation_start_timestamp_seconds', {
        step: 'deploy',
        standing: 'active',
        reason: 'expiry',
      })]: '0x50',
    },
    fires: { '30m': [RENDERER] },
  },
  {
    ...blocked,
    when: 'after a quarter of an hour, whatever the reason changes to, and ends when a person has decided',
    series: {
      [ofObject('status_info', { state: 'Blocked', reason: 'TargetRefused' })]: '1x10 _x30',
      [ofObject('status_info', { state: 'Blocked', reason: 'TargetUnproven' })]: '_x10 1x10 _x20',
      [ofObject('status_condition', { type: 'Blocked', reason: 'TargetRefused' })]: '1x10 _x30',
      [ofObject('status_condition', { type: 'Blocked', reason: 'TargetUnproven' })]: '_x10 1x10 _x20',
    },
    fires: { '14m': [], '16m': [RENDERER], '30m': [] },
    text: {
      summary: 'Rotation of video/renderer is blocked: TargetUnproven',
      description: `The rotation of video/renderer needs a person (TargetUnproven). The old key still works. The command that continues it stands in the condition: ${DESCRIBE}.`,
    },
  },
  {
    ...blocked,
    when: 'not while a rotation runs, waits, or waits for a person as planned',
    series: {
      [ofObject('status_info', { state: 'Rotating', reason: 'Deploy' })]: '1x10 _x50',
      [ofObject('status_info', { state: 'Waiting', reason: 'Overlap' })]: '_x10 1x20 _x30',
      [ofObject('status_info', { state: 'AwaitingPerson', reason: 'OperatorCreatesKey' })]: '_x30 1x30',
    },
    fires: { '16m': [], '29m': [], '59m': [] },
  },
  {
    ...awaited,
    when: 'when a day has passed, and ends when the key is handed in',
    series: {
      [ofObject('status_info', { state: 'AwaitingPerson', reason: 'OperatorCreatesKey' })]: '1x1450 _x30',
      [ofObject('status_condition', { type: 'Rotating', reason: 'OperatorCreatesKey' })]: '1x1450 _x30',
    },
    fires: { '1430m': [], '1440m': [RENDERER], '1470m': [] },
    text: {
      summary: 'Key video/renderer has waited for a person for a day: OperatorCreatesKey',
      description: `A person has to create or delete a key for video/renderer (OperatorCreatesKey). What is asked for: ${DESCRIBE}. Hand in a new key: \`kubectl keyrota supply KEY\`.`,
    },
  },
  {
    ...awaited,
    when: 'not for a rotation that is blocked',
    series: { [ofObject('status_info', { state: 'Blocked', reason: 'Drift' })]: '1x1500' },
    fires: { '1500m': [] },
  },
  {
    ...drifted,
    when: 'after a quarter of an hour, and ends when the target is in sync',
    series: {
      [ofObject('status_condition', { type: 'Drifted', reason: 'Drift' })]: '1x20 _x20',
      [ofObject('status_condition', { type: 'Drifted', reason: 'InSync' })]: '_x20 0x20',
    },
    fires: { '14m': [], '15m': [RENDERER], '30m': [] },
    text: {
      summary: 'Key video/renderer: a target holds a value that Keyrota did not write',
      description: `A target of video/renderer holds another value than the key in use. Which one: ${DESCRIBE}. Nothing is overwritten; what to do about it: \`kubectl keyrota explain KEY\`.`,
    },
  },
  {
    ...drifted,
    when: 'not while nobody has looked yet, and not for another condition',
    series: {
      [ofObject('status_condition', { type: 'Drifted', reason: 'NotLookedAt' })]: '0x60',
      [ofObject('status_condition', { type: 'Rotating', reason: 'Deploy' })]: '1x60',
    },
    fires: { '60m': [] },
  },
  {
    ...debts,
    when: 'after an hour, and ends when the last one is deleted',
    series: { [ofObject('debts')]: '2x70 0x20' },
    fires: { '59m': [], '60m': [RENDERER], '80m': [] },
    text: {
      summary: '2 unused live key(s) of video/renderer must be deleted at the issuer',
      description: `Keyrota cannot delete 2 live key(s) of video/renderer that nobody uses. Which: ${DESCRIBE}. Delete them at the issuer, then confirm as \`kubectl keyrota status KEY\` says.`,
    },
  },
  { ...debts, when: 'not without one', series: { [ofObject('debts')]: '0x120' }, fires: { '120m': [] } },
  {
    ...notReady,
    when: 'for trouble that has no alert of its own, and ends with it',
    series: {
      [ofObject('status_condition', { type: 'Ready', reason: 'LeakedKeyLives' })]: '0x70 _x20',
      [ofObject('status_condition', { type: 'Ready', reason: 'Current' })]: '_x70 1x20',
      [ofObject('status_info', { state: 'Current', reason: 'LeakedKeyLives' })]: '1x70 _x20',
    },
    fires: { '59m': [], '60m': [RENDERER], '80m': [] },
    text: {
      summary: 'Key video/renderer is not ready: LeakedKeyLives',
      description: `Key video/renderer needs a person (LeakedKeyLives). What is wrong, and what to do: ${DESCRIBE}.`,
    },
  },
  {
    ...notReady,
    when: 'not beside an alert that says more: blocked, drifted, a debt',
    series: Object.fromEntries(
      [
        ['blocked', ofObject('status_info', { state: 'Blocked', managedkey: 'blocked' })],
        [
          'drifted',
          ofObject('status_condition', { type: 'Drifted', reason: 'Drift', managedkey: 'drifted' }),
        ],
        ['debt', ofObject('debts', { managedkey: 'debt' })],
      ].flatMap(([managedkey = '', trouble = '']) => [
        [trouble, '1x120'],
        [ofObject('status_condition', { type: 'Ready', reason: 'Trouble', managedkey }), '0x120'],
      ]),
    ),
    fires: { '120m': [] },
  },
]
