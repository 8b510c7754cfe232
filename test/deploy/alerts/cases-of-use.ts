import { type AlertCase, series } from './case.ts'

const POD = { namespace: 'keys', job: 'keyrota', instance: '10.0.0.7:9464' }
const finding = { alert: 'KeyrotaKeyUsedUnusually', severity: 'warning', source: 'serve' } as const
const meter = { alert: 'KeyrotaMeterFailing', severity: 'warning', source: 'serve' } as const

function of(metric: string, labels: Readonly<Record<string, string>>): string {
  return series(`keyrota_${metric}`, { ...POD, ...labels })
}

/** What the use of keys shows, in series. */
export const useCases: AlertCase[] = [
  {
    ...finding,
    when: 'once for each kind of finding, and ends when it is over or accepted',
    series: {
      [of('usage_findings', { key: 'renderer', kind: 'spike' })]: '_x5 1x30 _x30',
    },
    fires: {
      '9m': [],
      '15m': [{ namespace: 'keys', key: 'renderer', kind: 'spike' }],
      '50m': [],
    },
    text: {
      summary: 'Key renderer is used in an unusual way: spike',
      description:
        'The watch over the use of renderer has found: spike. The numbers: `keyrota usage renderer`. If all is right: `keyrota usage accept renderer`.',
    },
  },
  {
    ...finding,
    when: 'not while nothing is found, and not for what is accepted at once',
    series: {
      [of('usage_findings', { key: 'mailer', kind: 'idle' })]: '0x60',
      [of('usage_findings', { key: 'renderer', kind: 'spike' })]: '_x5 1x3 _x50',
    },
    fires: { '8m': [], '30m': [], '60m': [] },
  },
  {
    ...meter,
    when: 'when it has not answered three times in a row, and ends with its next answer',
    series: {
      [of('meter_failures', { meter: 'gateway' })]: '0x5 1x5 2x5 3x30 0x30',
    },
    fires: { '30m': [], '40m': [{ namespace: 'keys', meter: 'gateway' }], '60m': [] },
    text: {
      summary: 'Meter gateway does not answer',
      description:
        'Meter gateway has not answered 3 times in a row; the keys that it tells of are not watched. Why: `keyrota check`.',
    },
  },
  {
    ...meter,
    when: 'not for one that answers at its third try',
    series: { [of('meter_failures', { meter: 'export' })]: '2x60 0x20' },
    fires: { '60m': [], '80m': [] },
  },
]
