/**
 * What kube-state-metrics tells of every ManagedKey. The API server answers for it, so it goes on when Keyrota is gone.
 * Its labels are names, constants and the fingerprint of the key in use: one series a key and metric, but for conditions,
 * of which each key has four.
 */
import { stringify } from 'yaml'

type Path = readonly string[]

interface Family {
  name: string
  help: string
  each:
    | { type: 'Gauge'; gauge: { path: Path; valueFrom?: Path; labelsFromPath?: Record<string, Path> } }
    | { type: 'Info'; info: { labelsFromPath: Record<string, Path> } }
  labelsFromPath?: Record<string, Path>
  errorLogV?: number
}

export interface CustomResourceState {
  kind: 'CustomResourceStateMetrics'
  spec: {
    resources: {
      groupVersionKind: { group: string; version: string; kind: string }
      metricNamePrefix: string
      labelsFromPath: Record<string, Path>
      errorLogV: number
      metrics: Family[]
    }[]
  }
}

const PREFIX = 'keyrota_managedkey'

/** A field that many objects do not have is no error; at this level kube-state-metrics keeps quiet about it. */
const QUIET = 5

const families: Family[] = [
  info('info', 'What a key is: where it is used, who is responsible, who issues it.', {
    environment: ['spec', 'environment'],
    service: ['spec', 'service'],
    owner: ['spec', 'owner'],
    issuer: ['spec', 'issuer'],
    from: ['metadata', 'labels', 'keyrota.dev/from'],
  }),
  info('status_info', 'State of a key, and the reason of the condition that matters most.', {
    state: ['status', 'state'],
    reason: ['status', 'reason'],
  }),
  info('fingerprint_info', 'Fingerprint of the key in use.', { fingerprint: ['status', 'fingerprint'] }),
  {
    name: 'status_condition',
    help: 'Conditions of a key: 1 for True, 0 for False and Unknown.',
    each: {
      type: 'Gauge',
      gauge: {
        path: ['status', 'conditions'],
        valueFrom: ['status'],
        labelsFromPath: { type: ['type'], reason: ['reason'] },
      },
    },
  },
  gauge('created_timestamp_seconds', 'When the object was created.', ['metadata', 'creationTimestamp']),
  gauge('deletion_timestamp_seconds', 'When the deletion of the object was asked for.', [
    'metadata',
    'deletionTimestamp',
  ]),
  gauge('current_since_timestamp_seconds', 'When the key in use was created.', ['status', 'currentSince']),
  gauge('expiration_timestamp_seconds', 'When the key in use ends by itself.', ['status', 'expirationTime']),
  gauge('next_rotation_timestamp_seconds', 'When the next rotation may start.', [
    'status',
    'nextRotationTime',
  ]),
  gauge('last_look_timestamp_seconds', 'When the targets were last read.', ['status', 'lastLookTime']),
  gauge(
    'rotation_start_timestamp_seconds',
    'When the running rotation started.',
    ['status', 'rotation', 'startTime'],
    {
      step: ['status', 'rotation', 'step'],
      standing: ['status', 'rotation', 'standing'],
      reason: ['status', 'rotation', 'reason'],
    },
  ),
  gauge('kill_by_timestamp_seconds', 'When the leaked key ends even if a target lags.', [
    'status',
    'rotation',
    'killByTime',
  ]),
  gauge(
    'last_rotation_end_timestamp_seconds',
    'When the last rotation ended, and how.',
    ['status', 'lastRotation', 'endTime'],
    { end: ['status', 'lastRotation', 'end'], reason: ['status', 'lastRotation', 'reason'] },
  ),
  gauge('debts', 'Live keys that only a person can end.', ['status', 'debts']),
]

export const customResourceState: CustomResourceState = {
  kind: 'CustomResourceStateMetrics',
  spec: {
    resources: [
      {
        groupVersionKind: { group: 'keyrota.dev', version: 'v1alpha1', kind: 'ManagedKey' },
        metricNamePrefix: PREFIX,
        labelsFromPath: {
          namespace: ['metadata', 'namespace'],
          managedkey: ['metadata', 'name'],
          key: ['status', 'journal', 'key'],
        },
        errorLogV: QUIET,
        metrics: families,
      },
    ],
  },
}

function gauge(name: string, help: string, path: Path, labels: Record<string, Path> = {}): Family {
  const labelsFromPath = Object.keys(labels).length > 0 ? { labelsFromPath: labels } : {}
  return { name, help, each: { type: 'Gauge', gauge: { path } }, ...labelsFromPath }
}

function info(name: string, help: string, labelsFromPath: Record<string, Path>): Family {
  return { name, help, each: { type: 'Info', info: { labelsFromPath } } }
}

/** The labels of every metric of these objects, by its full name. */
export function listObjectMetrics(): Map<string, readonly string[]> {
  const metrics = new Map<string, readonly string[]>()
  for (const { metricNamePrefix, labelsFromPath, metrics: own } of customResourceState.spec.resources) {
    for (const family of own) {
      const inner =
        family.each.type === 'Gauge' ? family.each.gauge.labelsFromPath : family.each.info.labelsFromPath
      const labels = { ...labelsFromPath, ...family.labelsFromPath, ...inner }
      metrics.set(`${metricNamePrefix}_${family.name}`, Object.keys(labels))
    }
  }
  return metrics
}

/** For the flag `--custom-resource-state-config-file` of kube-state-metrics. */
export function writeCustomResourceState(): string {
  return stringify(customResourceState, { lineWidth: 0, aliasDuplicateObjects: false })
}
