/** What the watch over the use of keys found, as `keyrota serve` tells it. */
import { type Group, label } from './rule.ts'

const FINDING = 'cluster, namespace, key, kind'
const METER = 'cluster, namespace, meter'

export const useRules: Group = {
  name: 'keyrota-use',
  source: 'serve',
  about:
    'From `/metrics` of `keyrota serve`: how keys are used. Without `meters` in the config there are no series.',
  alerts: [
    {
      name: 'KeyrotaKeyUsedUnusually',
      meaning:
        'The use of a key is not as it should be: a spike, a limit, a new consumer or path, use of an idle or an old key, silence. What follows by itself is up to the `policy` of its `usage`.',
      steps: [
        'See the numbers that made it: `keyrota usage KEY`.',
        'If it is an intruder: `keyrota rotate KEY --compromised --leaked old`.',
        'If the old key is still used after a rotation, find that consumer: its revocation waits.',
        'If all is right: `keyrota usage accept KEY`.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `max by (${FINDING}) (keyrota_usage_findings) > 0`,
          for: '5m',
          summary: `Key ${label('key')} is used in an unusual way: ${label('kind')}`,
          description: `The watch over the use of ${label('key')} has found: ${label('kind')}. The numbers: \`keyrota usage ${label('key')}\`. If all is right: \`keyrota usage accept ${label('key')}\`.`,
        },
      ],
    },
    {
      name: 'KeyrotaMeterFailing',
      meaning:
        'A meter has not answered for hours. Nothing is concluded from a hole in the numbers: until it answers, no finding is made from it.',
      steps: [
        'See why: `keyrota check`.',
        'Correct address, query or rights in `meters` of the config; it is read again by itself.',
      ],
      triggers: [
        {
          severity: 'warning',
          expr: `min by (${METER}) (keyrota_meter_failures) >= 3`,
          for: '15m',
          summary: `Meter ${label('meter')} does not answer`,
          description: `Meter ${label('meter')} has not answered {{ $value }} times in a row; the keys that it tells of are not watched. Why: \`keyrota check\`.`,
        },
      ],
    },
  ],
}
