import { type AlertCase, ofObject, series } from './case.ts'

const overdue = { alert: 'KeyrotaKeyOverdue', source: 'serve' } as const
const blocked = { alert: 'KeyrotaKeyBlocked', severity: 'warning', source: 'serve' } as const
const awaited = { alert: 'KeyrotaPersonAwaited', severity: 'warning', source: 'serve' } as const
const drifted = { alert: 'KeyrotaKeyDrifted', severity: 'warning', source: 'serve' } as const
const debts = { alert: 'KeyrotaKeyToDelete', severity: 'warning', source: 'serve' } as const
const rollbacks = { alert: 'KeyrotaManyRollbacks', severity: 'warning', source: 'serve' } as const
const compromised = { alert: 'KeyrotaCompromisedKeyAlive', severity: 'critical', source: 'serve' } as const
const killBy = { alert: 'KeyrotaKillByMissed', severity: 'critical', source: 'serve' } as const
const expiring = { alert: 'KeyrotaKeyExpiring', severity: 'critical', source: 'serve' } as const

const RENDERER = { namespace: 'prod', key: 'renderer' }
const PROD = { namespace: 'prod' }

function ofKey(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  return series(`keyrota_${metric}`, { job: 'keyrota', instance: '10.0.0.7:9464', ...RENDERER, ...labels })
}

function ofProcess(metric: string, labels: Readonly<Record<string, string>>): string {
  return series(`keyrota_${metric}`, { job: 'keyrota', instance: '10.0.0.7:9464', ...PROD, ...labels })
}

/** The object of the same key, of which kube-state-metrics tells. */
const seen = ofObject('info', { namespace: 'prod', managedkey: 'renderer' })

export const serveKeyCases: AlertCase[] = [
  {
    ...overdue,
    severity: 'warning',
    when: 'when nothing was started for six hours, and ends when a rotation starts',
    series: { [ofKey('key_next_rotation_timestamp_seconds')]: '-21600x30 _x20' },
    fires: { '14m': [], '17m': [RENDERER], '40m': [] },
    text: {
      summary: 'Key renderer has been due for 6h 17m 0s and was not rotated',
      description:
        'The rotation of renderer could have started 6h 17m 0s ago, and none runs. See why: `keyrota explain renderer`. What else waits: `keyrota plan`.',
    },
  },
  {
    ...overdue,
    severity: 'warning',
    when: 'not for a key of which kube-state-metrics tells, and not before its time',
    series: {
      [ofKey('key_next_rotation_timestamp_seconds')]: '-21600x60',
      [seen]: '1x60',
      [ofKey('key_next_rotation_timestamp_seconds', { key: 'encoder' })]: '86400x60',
    },
    fires: { '60m': [] },
  },
  {
    ...overdue,
    severity: 'critical',
    when: 'when nothing was started for three days, also from another replica, and ends with a plan',
    series: {
      [ofKey('key_next_rotation_timestamp_seconds')]: '-259200x10 _x40',
      [ofKey('key_next_rotation_timestamp_seconds', { instance: '10.0.0.8:9464' })]:
        '_x9 -259200x20 90000x20',
    },
    fires: { '14m': [], '17m': [RENDERER], '45m': [] },
  },
  {
    ...overdue,
    severity: 'critical',
    when: 'not after two days',
    series: { [ofKey('key_next_rotation_timestamp_seconds')]: '-172800x60' },
    fires: { '60m': [] },
  },
  {
    ...expiring,
    when: 'in the last hours of a key that nothing replaces, and ends with the new key',
    series: {
      [ofKey('key_expiration_timestamp_seconds')]: '86700x30 7776000x30',
      [ofKey('key_age_seconds')]: '7689300+60x30 0+60x30',
    },
    fires: { '5m': [], '12m': [RENDERER], '32m': [] },
    text: {
      summary: 'Key renderer ends in 23h 53m 0s, and no new one is in use',
      description:
        'The issuer ends the key of renderer in 23h 53m 0s; its consumers then hold a dead key. See what holds the rotation up: `keyrota explain renderer`. Start it now: `keyrota rotate renderer`.',
    },
  },
  {
    ...expiring,
    when: 'not for a key of one day in the middle of its life, and not in the overlap',
    series: {
      [ofKey('key_expiration_timestamp_seconds')]: '43200x60',
      [ofKey('key_age_seconds')]: '43200+60x60',
      [ofKey('key_expiration_timestamp_seconds', { key: 'encoder' })]: '43200x60',
      [ofKey('key_age_seconds', { key: 'encoder' })]: '7776000+60x60',
      [ofKey('key_rotation_start_timestamp_seconds', { key: 'encoder', step: 'revoke' })]: '0x60',
    },
    fires: { '60m': [] },
  },
  {
    ...compromised,
    when: 'when a leaked key was not ended in half an hour, and ends with the rotation',
    series: { [ofKey('key_compromised_timestamp_seconds')]: '0x40 _x20' },
    fires: { '30m': [], '32m': [RENDERER], '50m': [] },
    text: {
      summary: 'Leaked key renderer may still work after 32m 0s',
      description:
        'Key renderer was reported leaked 32m 0s ago, and it is not replaced. What that waits for: `keyrota explain renderer`. To end the key although a target lags: `keyrota rotate renderer --compromised --kill-by 5m --reason "why"`.',
    },
  },
  {
    ...compromised,
    when: 'not for a key of which kube-state-metrics tells, and not in the first half hour',
    series: {
      [ofKey('key_compromised_timestamp_seconds')]: '0x60',
      [seen]: '1x60',
      [ofKey('key_compromised_timestamp_seconds', { key: 'encoder' })]: '1800x60',
    },
    fires: { '60m': [] },
  },
  {
    ...killBy,
    when: 'when the deadline has passed and the rotation is open, and ends with it',
    series: { [ofKey('key_kill_by_timestamp_seconds')]: '900x20 _x20' },
    fires: { '16m': [], '19m': [RENDERER], '30m': [] },
    text: {
      summary: 'Leaked key renderer: its deadline passed 4m 0s ago',
      description:
        'The leaked key of renderer had to be dead 4m 0s ago, and its rotation is still open. Whether it is dead, and which target lags: `keyrota explain renderer`. If it lives, revoke it at the issuer now.',
    },
  },
  {
    ...killBy,
    when: 'not before the deadline',
    series: { [ofKey('key_kill_by_timestamp_seconds')]: '7200x100' },
    fires: { '100m': [] },
  },
  {
    ...blocked,
    when: 'after a quarter of an hour, and ends when a person has decided',
    series: {
      [ofKey('key_state', { state: 'Blocked' })]: '1x20 _x30',
      [ofKey('key_state', { state: 'Rotating' })]: '_x20 1x30',
    },
    fires: { '14m': [], '15m': [RENDERER], '30m': [] },
    text: {
      summary: 'Rotation of renderer is blocked',
      description:
        'The rotation of renderer needs a person; the old key still works. The reason, its evidence and the command that continues it: `keyrota explain renderer`.',
    },
  },
  {
    ...blocked,
    when: 'not while it waits for a person as planned, and not for a key of which kube-state-metrics tells',
    series: {
      [ofKey('key_state', { state: 'AwaitingPerson', key: 'encoder' })]: '1x60',
      [ofKey('key_state', { state: 'Blocked' })]: '1x60',
      [seen]: '1x60',
    },
    fires: { '60m': [] },
  },
  {
    ...awaited,
    when: 'when a day has passed, and ends when the key is handed in',
    series: { [ofKey('key_state', { state: 'AwaitingPerson' })]: '1x1450 _x30' },
    fires: { '1430m': [], '1440m': [RENDERER], '1470m': [] },
    text: {
      summary: 'Key renderer has waited for a person for a day',
      description:
        'A person has to create or delete a key for renderer. What is asked for: `keyrota explain renderer`. Hand in a new key: `keyrota supply renderer`.',
    },
  },
  {
    ...awaited,
    when: 'not for a rotation that is blocked',
    series: { [ofKey('key_state', { state: 'Blocked' })]: '1x1500' },
    fires: { '1500m': [] },
  },
  {
    ...drifted,
    when: 'after a quarter of an hour, and ends when the target is in sync',
    series: { [ofKey('drift')]: '1x20 0x20' },
    fires: { '14m': [], '15m': [RENDERER], '22m': [] },
    text: {
      summary: 'Key renderer: a target holds a value that Keyrota did not write',
      description:
        'A target of renderer holds another value than the key in use. Nothing is overwritten. Which one, and what to do: `keyrota explain renderer`.',
    },
  },
  {
    ...drifted,
    when: 'not for a key of which kube-state-metrics tells',
    series: { [ofKey('drift')]: '1x60', [seen]: '1x60' },
    fires: { '60m': [] },
  },
  {
    ...debts,
    when: 'after an hour, and ends when the last one is deleted',
    series: { [ofKey('debts')]: '1x70 0x20' },
    fires: { '59m': [], '60m': [RENDERER], '72m': [] },
    text: {
      summary: '1 unused live key(s) of renderer must be deleted at the issuer',
      description:
        'Keyrota cannot delete 1 live key(s) of renderer that nobody uses. Which, and how to confirm the deletion: `keyrota status renderer`.',
    },
  },
  {
    ...debts,
    when: 'not without one, and not for a key of which kube-state-metrics tells',
    series: { [ofKey('debts')]: '1x90', [seen]: '1x90', [ofKey('debts', { key: 'encoder' })]: '0x90' },
    fires: { '90m': [] },
  },
  {
    ...rollbacks,
    when: 'at the third one within a day, also of a process that is young, and ends a day later',
    series: { [ofProcess('rotations_total', { end: 'rolled-back', reason: 'age' })]: '_x60 1x5 3x2000' },
    fires: { '65m': [], '80m': [PROD], '1600m': [] },
    text: {
      summary: '3 rotations were rolled back within a day',
      description:
        '3 rotations were rolled back within 24 hours; the old keys work. Which keys: `keyrota status`. Why: `keyrota explain KEY`.',
    },
  },
  {
    ...rollbacks,
    when: 'not for those that were completed',
    series: {
      [ofProcess('rotations_total', { end: 'rolled-back', reason: 'age' })]: '2x100',
      [ofProcess('rotations_total', { end: 'completed', reason: 'age' })]: '0+1x100',
    },
    fires: { '100m': [] },
  },
]
