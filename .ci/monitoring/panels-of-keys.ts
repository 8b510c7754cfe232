/** How the keys are: from their objects, or from `keyrota serve` where there are none. */
import { countOf, IN, OBJECT, object, type Row, served, stat } from './panel.ts'

export const keyRow: Row = {
  title: 'Keys',
  panels: [
    stat('Keys', 'Keys under management.', countOf(object('info'), served('key_state'))),
    stat(
      'Overdue',
      'A rotation could have started more than an hour ago, and none runs.',
      countOf(
        `time() - ${object('next_rotation_timestamp_seconds')} > 3600`,
        `time() - ${served('key_next_rotation_timestamp_seconds')} > 3600`,
      ),
      { from: 1, color: 'orange' },
    ),
    stat(
      'Blocked',
      'Rotations that stand still until a person decides. The old keys work.',
      countOf(object('status_info', 'state="Blocked"'), served('key_state', 'state="Blocked"')),
      { from: 1, color: 'red' },
    ),
    stat(
      'Awaiting a person',
      'Keys that a person has to create or delete at the issuer.',
      countOf(object('status_info', 'state="AwaitingPerson"'), served('key_state', 'state="AwaitingPerson"')),
      { from: 1, color: 'orange' },
    ),
    stat(
      'Drifted',
      'A target holds a value that Keyrota did not write.',
      countOf(`${object('status_condition', 'type="Drifted"')} == 1`, `${served('drift')} == 1`),
      { from: 1, color: 'red' },
    ),
    stat(
      'To delete',
      'Live keys that nobody uses and that only a person can delete.',
      `sum(${object('debts')}) or sum(${served('debts')}) or vector(0)`,
      { from: 1, color: 'orange' },
    ),
    {
      title: 'Keys by state',
      description: 'What the keys do. Waiting is planned: an overlap, a settle time, a window.',
      kind: 'time',
      unit: 'short',
      width: 12,
      stacked: true,
      queries: [
        {
          expr: `count by (state) (max by (${OBJECT}, state) (keyrota_managedkey_status_info{${IN}})) or count by (state) (max by (key, state) (keyrota_key_state{${IN}}))`,
          legend: '{{state}}',
        },
      ],
    },
    {
      title: 'Blocked, by reason',
      description: 'Why rotations stand still: `keyrota explain KEY` has the evidence and the next command.',
      kind: 'time',
      unit: 'short',
      width: 12,
      stacked: true,
      queries: [
        {
          expr: `count by (reason) (keyrota_managedkey_status_condition{${IN},type="Blocked"} == 1) or max by (reason) (keyrota_blocked{${IN}})`,
          legend: '{{reason}}',
        },
      ],
    },
    {
      title: 'Each key',
      description:
        'From ManagedKey objects: state, age of the key in use, time until the next rotation and until it ends.',
      kind: 'table',
      unit: 's',
      width: 24,
      queries: [
        {
          expr: `max by (${OBJECT}, environment, owner, issuer) (keyrota_managedkey_info{${IN}})`,
          legend: 'info',
        },
        {
          expr: `max by (${OBJECT}, state, reason) (keyrota_managedkey_status_info{${IN}})`,
          legend: 'state',
        },
        { expr: `time() - ${object('current_since_timestamp_seconds')}`, legend: 'age' },
        { expr: `${object('next_rotation_timestamp_seconds')} - time()`, legend: 'next' },
        { expr: `${object('expiration_timestamp_seconds')} - time()`, legend: 'ends' },
      ],
    },
  ],
}
