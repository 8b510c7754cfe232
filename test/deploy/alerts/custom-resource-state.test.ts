import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { customResourceState } from '../../../.ci/monitoring/custom-resource-state.ts'
import { describeKey } from '../../../providers/journals/kubernetes/status.ts'
import type { KeySummary } from '../../../src/contracts/key-summary.ts'
import { tellObject } from './kube-state-metrics.ts'

const [resource] = customResourceState.spec.resources
if (!resource) throw new Error('no resource')

const now = Date.UTC(2026, 10, 27)

const calm: KeySummary = {
  state: 'New',
  reason: 'NoKey',
  message: 'no key was found or made yet',
  conditions: [{ type: 'Ready', status: 'False', reason: 'NoKey', message: '' }],
  fingerprint: null,
  currentSince: null,
  expiresAt: null,
  nextRotationAt: null,
  nextWhy: 'not looked at yet',
  rotation: null,
  last: null,
  targets: [],
  debts: 0,
  violations: [],
}

const busy: KeySummary = {
  ...calm,
  state: 'Rotating',
  reason: 'Deploy',
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Current', message: '' },
    { type: 'Rotating', status: 'True', reason: 'Deploy', message: 'r2: deploy, active' },
    { type: 'Drifted', status: 'Unknown', reason: 'NotLookedAt', message: '' },
  ],
  fingerprint: '0123456789abcdef',
  currentSince: now - 3_600_000,
  expiresAt: now + 3_600_000,
  nextRotationAt: now + 60_000,
  rotation: {
    id: 'r2',
    step: 'deploy',
    standing: 'active',
    startedAt: now,
    reason: 'compromised',
    killBy: now + 900_000,
  },
  last: { id: 'r1', end: 'rolled-back', at: now - 7_200_000, reason: 'age' },
  targets: [{ id: 'vault/app#KEY', holds: 'current', at: now - 1_000, version: 'v1', why: null }],
  debts: 2,
}

/** An object as the journal writes it. */
function makeObject(summary: KeySummary) {
  return {
    metadata: {
      name: 'renderer',
      namespace: 'video',
      labels: { 'keyrota.dev/from': 'config' },
      creationTimestamp: '2026-11-26T00:00:00Z',
    },
    spec: { environment: 'production', service: 'renderer', owner: 'video-team', issuer: 'video' },
    status: {
      ...describeKey({
        summary,
        now,
        generation: 1,
        before: undefined,
        of: { namespace: 'video', name: 'renderer', key: 'renderer' },
      }),
      journal: { key: 'renderer' },
    },
  }
}

const ID = 'key="renderer",managedkey="renderer",namespace="video"'
const P = 'keyrota_managedkey_'

describe('what kube-state-metrics tells', () => {
  test('of a key under rotation: all of it, times as seconds', () => {
    expect(tellObject(customResourceState, makeObject(busy))).toEqual([
      `${P}info{environment="production",from="config",issuer="video",key="renderer",managedkey="renderer",namespace="video",owner="video-team",service="renderer"} 1`,
      `${P}status_info{${ID},reason="Deploy",state="Rotating"} 1`,
      `${P}fingerprint_info{fingerprint="0123456789abcdef",${ID}} 1`,
      `${P}status_condition{${ID},reason="Current",type="Ready"} 1`,
      `${P}status_condition{${ID},reason="Deploy",type="Rotating"} 1`,
      `${P}status_condition{${ID},reason="NotLookedAt",type="Drifted"} 0`,
      `${P}created_timestamp_seconds{${ID}} ${Date.UTC(2026, 10, 26) / 1000}`,
      `${P}current_since_timestamp_seconds{${ID}} ${now / 1000 - 3600}`,
      `${P}expiration_timestamp_seconds{${ID}} ${now / 1000 + 3600}`,
      `${P}next_rotation_timestamp_seconds{${ID}} ${now / 1000 + 60}`,
      `${P}last_look_timestamp_seconds{${ID}} ${now / 1000 - 1}`,
      `${P}rotation_start_timestamp_seconds{${ID},reason="compromised",standing="active",step="deploy"} ${now / 1000}`,
      `${P}kill_by_timestamp_seconds{${ID}} ${now / 1000 + 900}`,
      `${P}last_rotation_end_timestamp_seconds{end="rolled-back",${ID},reason="age"} ${now / 1000 - 7200}`,
      `${P}debts{${ID}} 2`,
    ])
  })

  test('of a new key: no time that is not known, and no error', () => {
    const names = tellObject(customResourceState, makeObject(calm)).map((line) =>
      line.slice(P.length, line.indexOf('{')),
    )
    expect(names).toEqual(['info', 'status_info', 'status_condition', 'created_timestamp_seconds', 'debts'])
  })

  test('of an object that nobody has looked at yet: that it is there', () => {
    const { metadata, spec } = makeObject(calm)
    const names = tellObject(customResourceState, { metadata, spec }).map((line) =>
      line.slice(P.length, line.indexOf('{')),
    )
    expect(names).toEqual(['info', 'created_timestamp_seconds'])
  })
})

interface Schema {
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
}

test('every path is a field of the CRD, and ends at a text, a number or a list', () => {
  const path = fileURLToPath(
    new URL('../../../helm/keyrota/files/managedkeys.keyrota.dev.yaml', import.meta.url),
  )
  const [version] = parse(readFileSync(path, 'utf8')).spec.versions
  const schema: Schema = version.schema.openAPIV3Schema
  const follow = (at: Schema | undefined, parts: readonly string[]): Schema | undefined =>
    parts.reduce<Schema | undefined>((one, part) => one?.properties?.[part], at)
  const wrong = resource.metrics.flatMap(({ name, each, labelsFromPath = {} }) => {
    const inner = each.type === 'Gauge' ? each.gauge : { path: [], ...each.info }
    const roots = [inner.path, ...Object.values({ ...resource.labelsFromPath, ...labelsFromPath })]
    const list = follow(schema, inner.path)
    const within = [
      ...Object.values(inner.labelsFromPath ?? {}),
      ...('valueFrom' in inner ? [inner.valueFrom ?? []] : []),
    ]
    const ofRoot = roots
      .filter(([first]) => first === 'spec' || first === 'status')
      .filter((one) => !follow(schema, one))
    const ofItems = within
      .filter(([first]) => first !== 'metadata' && first !== undefined)
      .filter((one) => !['string', 'integer'].includes(follow(list?.items ?? schema, one)?.type ?? ''))
    return [...ofRoot, ...ofItems].map((one) => `${name}: ${one.join('.')}`)
  })
  expect(wrong).toEqual([])
  expect(version.name).toBe(resource.groupVersionKind.version)
})

test('labels are names, constants and the fingerprint', () => {
  const told = tellObject(customResourceState, makeObject(busy)).join('\n')
  const labels = new Set([...told.matchAll(/(\w+)="/g)].map(([, name]) => name))
  expect([...labels].toSorted()).toEqual([
    'end',
    'environment',
    'fingerprint',
    'from',
    'issuer',
    'key',
    'managedkey',
    'namespace',
    'owner',
    'reason',
    'service',
    'standing',
    'state',
    'step',
    'type',
  ])
})
