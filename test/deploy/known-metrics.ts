import { listObjectMetrics } from '../../.ci/monitoring/custom-resource-state.ts'
import type { ErrorCode, JournalErrorCode } from '../../src/contracts/errors.ts'
import type { ConditionType, KeyState } from '../../src/contracts/key-summary.ts'
import type { DueReason, RotationEnd, Standing, Step } from '../../src/contracts/rotation.ts'
import { type MetricRow, metricTable } from '../../src/telemetry/metric-table.ts'

/** Metrics of kube-state-metrics as it comes that are marked stable there. */
const cronJobMetrics = [
  'kube_cronjob_info',
  'kube_cronjob_next_schedule_time',
  'kube_cronjob_spec_suspend',
  'kube_cronjob_status_active',
  'kube_cronjob_status_last_schedule_time',
  'kube_cronjob_status_last_successful_time',
]

/** Labels that a scrape adds to everything, or that tell clusters apart. */
export const scrapeLabels = ['cluster', 'instance', 'job', 'namespace']

/** Every metric that a rule or a panel may ask for, with its own labels. */
export function listKnownMetrics(): Map<string, readonly string[]> {
  const known = new Map<string, readonly string[]>([...listObjectMetrics(), ['up', []]])
  for (const name of cronJobMetrics) known.set(name, ['cronjob'])
  for (const { name, type, labels } of Object.values(metricTable) as MetricRow[]) {
    if (type !== 'histogram') known.set(name, labels)
    else {
      for (const part of ['_count', '_sum']) known.set(`${name}${part}`, labels)
      known.set(`${name}_bucket`, [...labels, 'le'])
    }
  }
  return known
}

type Code = ErrorCode | JournalErrorCode | 'ok' | 'held' | 'timeout' | 'unexpected' | 'not_sent'

/** Every constant of a type is there: a missing one and a wrong one do not compile. */
function all<T extends string>(constants: Record<T, true>): string[] {
  return Object.keys(constants)
}

/** What labels with constants may say. */
export const constants: Readonly<Record<string, readonly string[]>> = {
  state: all<KeyState>({
    New: true,
    Current: true,
    Observed: true,
    Paused: true,
    Rotating: true,
    Waiting: true,
    AwaitingPerson: true,
    Blocked: true,
    NotInConfig: true,
  }),
  type: all<ConditionType>({ Ready: true, Rotating: true, Blocked: true, Drifted: true }),
  step: all<Step>({
    preflight: true,
    create: true,
    deploy: true,
    validate: true,
    revoke: true,
    rollback: true,
  }),
  standing: all<Standing>({ active: true, waiting: true, 'awaiting-operator': true, blocked: true }),
  end: all<RotationEnd>({ completed: true, 'rolled-back': true, 'not-started': true }),
  reason: all<DueReason>({ age: true, expiry: true, asked: true, compromised: true, first: true }),
  subject: ['key', 'garbage'],
  verdict: ['accepted', 'rejected', 'unknown'],
  code: all<Code>({
    ok: true,
    held: true,
    'lost-claim': true,
    'newer-schema': true,
    corrupt: true,
    not_found: true,
    denied: true,
    conflict: true,
    throttled: true,
    unavailable: true,
    invalid: true,
    quota: true,
    timeout: true,
    unexpected: true,
    not_sent: true,
  }),
}
