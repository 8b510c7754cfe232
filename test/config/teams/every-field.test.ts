import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { managedKeySpecSchema } from '../../../src/config/schema/managed-key-spec.ts'
import { decisions } from '../../../src/config/teams/fields.ts'
import { readTeamKey, type TeamKey } from '../../../src/config/teams/read-team-key.ts'
import type { Around } from '../../../src/config/teams/read-team-keys.ts'
import { loadAround, objectOf, type Spec, spec } from './team-config.ts'

type Step = string | 0
type Leaf = { path: readonly Step[]; schema: z.core.$ZodType }

/** Every place of the spec that a team can put a value: `targets.0.secret`. */
function leavesOf(schema: z.core.$ZodType, path: readonly Step[] = []): Leaf[] {
  if (schema instanceof z.ZodOptional) return leavesOf(schema.def.innerType, path)
  if (schema instanceof z.ZodArray) return leavesOf(schema.def.element, [...path, 0])
  if (schema instanceof z.ZodRecord) return leavesOf(schema.def.valueType, [...path, 'value'])
  if (!(schema instanceof z.ZodObject)) return [{ path, schema }]
  return Object.entries(schema.shape).flatMap(([name, field]) => leavesOf(field, [...path, name]))
}

/** Names of others, ways out of a namespace, commands, files, addresses, and the widest times. */
const hostile: readonly unknown[] = [
  ...[
    'team-b/renderer',
    '../team-b/renderer',
    'team-a/../team-b/renderer',
    '/team-b/renderer',
    'team-b%2Frenderer',
  ],
  ...[
    'team-b／renderer',
    'team-b∕renderer',
    'renderer\u0000',
    'renderer\n',
    'ｒenderer',
    'рenderer',
    '..',
    '.',
    '',
    ' ',
  ],
  ...['ops', 'team-b', 'keyrota', 'keyrota/admin', 'kube-system/admin-token', 'platform', 'renderer-prod'],
  ...['production', 'video', 'billing', 'elsewhere', 'aws', 'admin:*', 'video:write'],
  ...[
    '/bin/sh',
    '$(id)',
    '`id`',
    '; rm -rf /',
    '| sh',
    '{{ constructor }}',
    '/etc/passwd',
    'file:///etc/passwd',
  ],
  ...['http://169.254.169.254/', 'https://evil.example.com', 'unix:///var/run/docker.sock', '~/.kube/config'],
  ...['__proto__', 'constructor', '0s', '1ms', '1s', '3650d', '999999999w', '* * * * *', '0 0 30 2 *'],
  ...[0, -1, 1, 100, 1e9, true, false, null, [], {}, [['ops']], { secret: 'team-b/x' }, { toString: 'x' }],
]

function put(value: unknown, [step, ...rest]: readonly Step[], leaf: unknown): unknown {
  if (step === undefined) return leaf
  const inside = Object(value)[step]
  if (step === 0) return [put(inside, rest, leaf)]
  return { ...Object(value), [step]: put(inside, rest, leaf) }
}

/** What is needed beside the leaf for the rest of the spec to be right. */
const beside: Readonly<Record<string, Spec>> = {
  window: { window: { cron: '0 2 * * *', for: '2h' } },
  workloads: { workloads: [{ kind: 'Deployment', name: 'renderer' }] },
}

function trySpec(leaf: Leaf, value: unknown, around: Around) {
  const whole = put({ ...spec, ...beside[String(leaf.path[0])] }, leaf.path, value) as Spec
  return readTeamKey({ ...objectOf(), spec: whole }, around.platform)
}

/** Whatever a team writes: what comes of it is in its namespace, and in what one grant opens. */
function findEscapes({ key, workloads }: TeamKey, around: Around): string[] {
  const grant = around.platform.rules.grants.find(({ environments }) =>
    environments.includes(key.environment),
  )
  const inside = /^team-a\/[a-z0-9.-]+$/
  const { policy } = key
  const checks: Record<string, boolean> = {
    name: inside.test(key.name),
    environment: grant !== undefined,
    issuer: grant?.issuers.includes(key.issuer) ?? false,
    stores: key.targets.every(({ store }) => grant?.stores.includes(store)),
    secrets: key.targets.every(({ secret }) => inside.test(secret) && !secret.includes('..')),
    consumers: key.consumers.every((name) => workloads.has(name) && name.startsWith('team-a/')),
    workloads: [...workloads.values()].every(({ name }) => /^[a-z0-9.-]+$/.test(name)),
    group: key.group === undefined || inside.test(key.group),
    scopes: (key.scopes ?? []).every((scope) => grant?.scopes.includes(scope)),
    exclusive: !key.exclusive,
    outage: !policy.allowOutage,
    lease: key.leaseMs === 60_000 && policy.callLimitMs === 20_000,
    pace: policy.retryMinMs >= 1000 && key.lookEveryMs >= 900_000 && policy.everyMs >= 86_400_000,
    proof: policy.confirmations >= 3 && policy.confirmations <= 20 && (policy.quietForMs ?? 60_000) >= 60_000,
  }
  return Object.entries(checks).flatMap(([name, holds]) => (holds ? [] : [name]))
}

let around: Around
beforeAll(async () => {
  around = await loadAround()
})

const leaves = leavesOf(managedKeySpecSchema)

describe('no field of a ManagedKey lets a team act outside what is opened to it', () => {
  it('there is a decision about each field', () => {
    expect(Object.keys(decisions).toSorted()).toEqual(Object.keys(managedKeySpecSchema.shape).toSorted())
  })

  it.each(leaves.map((leaf) => ({ leaf, name: leaf.path.join('.') })))('$name', ({ leaf }) => {
    for (const value of hostile) {
      const read = trySpec(leaf, value, around)
      if ('problems' in read) expect(read.problems.length, JSON.stringify(value)).toBeGreaterThan(0)
      else
        expect(findEscapes(read.key, around), `${leaf.path.join('.')} = ${JSON.stringify(value)}`).toEqual([])
    }
  })

  it('a field that no schema knows is refused', () => {
    for (const name of ['command', 'url', 'file', 'kubeconfig', 'namespace', 'token', 'secretRef']) {
      const read = readTeamKey(objectOf({ [name]: '/bin/sh' }), around.platform)
      expect(read).toMatchObject({ problems: [{ path: `spec.${name}`, message: 'unknown field' }] })
    }
  })

  it('the check would notice: a key of another namespace is an escape', () => {
    const read = readTeamKey(objectOf(), around.platform)
    if ('problems' in read) throw new Error('the spec of the test is wrong')
    const { key } = read.key
    const [target] = key.targets
    if (!target) throw new Error('the spec of the test has no target')
    const other = {
      ...key,
      targets: [{ ...target, secret: 'team-b/renderer' }],
      group: 'all',
      exclusive: true,
    }
    expect(findEscapes({ ...read.key, key: other }, around)).toEqual(['secrets', 'group', 'exclusive'])
  })
})
