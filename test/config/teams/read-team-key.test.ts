import { beforeAll, describe, expect, it } from 'vitest'
import { readTeamKey } from '../../../src/config/teams/read-team-key.ts'
import { type Around, readTeamKeys, type TeamObject } from '../../../src/config/teams/read-team-keys.ts'
import { loadAround, objectOf, platform, type Spec } from './team-config.ts'

let around: Around
beforeAll(async () => {
  around = await loadAround()
})

/** Each problem as `path: message | expected | suggestion`. */
function problemsOf(more: Spec, about: Partial<TeamObject> = {}): string[] {
  const read = readTeamKey(objectOf(more, about), around.platform)
  if (!('problems' in read)) return []
  return read.problems.map(({ path, message, expected = '-', suggestion = '-' }) =>
    [`${path}: ${message}`, expected, suggestion].join(' | '),
  )
}

describe('an object of a team becomes a key', () => {
  it('in its namespace, with the defaults of the platform', () => {
    const workloads = [{ kind: 'Deployment', name: 'web' }]
    const read = readTeamKey(objectOf({ workloads, group: 'nightly', overlap: '1h' }), around.platform)
    expect(read).toMatchObject({
      key: {
        key: {
          name: 'team-a/renderer',
          issuer: 'video-staging',
          consumers: ['team-a/deployment/web'],
          group: 'team-a/nightly',
          targets: [{ id: 'cluster/team-a/renderer#API_KEY', store: 'cluster', secret: 'team-a/renderer' }],
          policy: { everyMs: 30 * 86_400_000, overlapMs: 3_600_000 },
        },
      },
    })
  })

  it('by the one grant that it fits into as a whole', () => {
    expect(problemsOf({ environment: 'production', issuer: 'video', scopes: ['video:read'] })).toEqual([])
    expect(problemsOf({ environment: 'staging', issuer: 'video' })).toEqual([
      'spec.issuer: is not opened to this namespace | one of video-staging, single, ending | -',
    ])
    expect(problemsOf({ environment: 'production', issuer: 'video' }, { namespace: 'team-b' })).toEqual([
      'spec.environment: is not opened to this namespace | staging | -',
    ])
    expect(problemsOf({}, { namespace: 'shop' })).toEqual([
      'metadata.namespace: is not opened to keys of teams | - | -',
    ])
  })
})

describe('everything that is wrong is said, with the place and what to write', () => {
  it.each<[Spec, string[]]>([
    [
      { targets: [{ store: 'cluster', secret: 'team-b/renderer', field: 'API_KEY' }] },
      [
        'spec.targets[0].secret: names a namespace | the name of a Secret in the namespace of this object, without a namespace in front | -',
      ],
    ],
    [
      { targets: [{ store: 'aws', secret: 'renderer' }] },
      ['spec.targets[0].store: is not opened to this namespace | cluster | -'],
    ],
    [
      { targets: [{ store: 'cluster', secret: 'renderer' }] },
      [
        'spec.targets[0].field: a Secret always has fields: name the field instead of the whole secret | - | -',
      ],
    ],
    [
      { consumers: ['renderer'] },
      ['spec.consumers: only the config of the platform sets this | no such field | -'],
    ],
    [{ exclusive: false }, ['spec.exclusive: only the config of the platform sets this | no such field | -']],
    [{ lease: '1h' }, ['spec.lease: only the config of the platform sets this | no such field | -']],
    [
      { scopes: ['admin'] },
      ['spec.scopes[0]: is not opened to this namespace | none: the config of the platform opens none | -'],
    ],
    [{ retryMin: '1ms' }, ['spec.retryMin: is less than a team may set | at least 1s | -']],
    [{ lookEvery: '0s' }, ['spec.lookEvery: is less than a team may set | at least 15m | -']],
    [{ every: '1h', overlap: '0s' }, ['spec.every: is less than a team may set | at least 1d | -']],
    [{ confirmations: 1 }, ['spec.confirmations: is less than a team may set | at least 3 | -']],
    [{ allowOutage: true }, ['spec.allowOutage: the config of the platform does not allow this | false | -']],
    [
      { every: 'daily' },
      [
        'spec.every: is not valid | a duration: a whole number and one of ms, s, m, h, d, w, such as 30s, 24h or 90d | -',
      ],
    ],
    [{ evry: '1d' }, ['spec.evry: unknown field | - | every']],
    [
      { workloads: [{ kind: 'Job', name: 'x' }] },
      ['spec.workloads[0].kind: is not valid | one of Deployment, StatefulSet, DaemonSet, Rollout | -'],
    ],
    [
      { window: { cron: 'x', for: '1h' } },
      [
        'spec.window.cron: is not a cron pattern | minute, hour, day, month and weekday, such as 0 2 * * 1-5 | -',
      ],
    ],
  ])('%j', (more, expected) => {
    expect(problemsOf(more)).toEqual(expected)
  })

  it('names what an issuer does to an account with one key', () => {
    expect(problemsOf({ issuer: 'ending' })).toEqual([
      'spec.issuer: this issuer ends the old key when it creates a new one, so consumers have no working key until they get the new one | `allowOutage: true`, if that is acceptable | -',
    ])
  })

  it('refuses a name that is no name of a key, and what is too much', () => {
    expect(problemsOf({}, { name: 'a.b' })).toEqual([
      'metadata.name: is not a name of a key | lower case letters, digits and dashes, at most 63 | -',
    ])
    const targets = Array.from({ length: 21 }, (_, at) => ({
      store: 'cluster',
      secret: `s${at}`,
      field: 'K',
    }))
    expect(problemsOf({ targets })).toEqual(['spec.targets: has too many entries | at most 20 | -'])
    const wrong = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`wrong${at}`, 1]))
    const said = problemsOf(wrong)
    expect(said).toHaveLength(21)
    expect(said.at(-1)).toBe('spec: has 40 more problems | - | -')
    expect(problemsOf({ service: 'x'.repeat(40_000) })[0]).toBe(
      'spec: is too large | at most 32768 characters | -',
    )
  })
  it('never repeats what was written: it may be a key', () => {
    const value = 'sk-live-0123456789abcdef'
    for (const name of ['environment', 'issuer', 'every', 'group', 'confirmations', 'targets'])
      expect(problemsOf({ [name]: value }).join(), name).not.toContain(value)
  })
})

describe('what the platform set by default', () => {
  it('a team may not loosen, and may tighten', async () => {
    const text = platform.replace(
      '{ every: 30d }',
      '{ observe: true, every: 12h, overlap: 1h, askBefore: 1h }',
    )
    const strict = await loadAround(text)
    expect(readTeamKey(objectOf({ observe: false }), strict.platform)).toMatchObject({
      problems: [{ path: 'spec.observe', expected: 'true' }],
    })
    expect(readTeamKey(objectOf({ observe: true, every: '12h' }), strict.platform)).toMatchObject({
      key: { key: { observe: true, policy: { everyMs: 43_200_000 } } },
    })
    expect(problemsOf({ observe: true })).toEqual([])
  })
})

describe('several objects', () => {
  const read = (...objects: TeamObject[]) => {
    const { keys, refused } = readTeamKeys(objects, around)
    return {
      keys: [...keys.keys()],
      refused: Object.fromEntries(
        [...refused].map(([name, [one]]) => [name, `${one?.path}: ${one?.message}`]),
      ),
    }
  }
  const at = (name: string, createdAt: number, more: Spec = {}, namespace = 'team-a') =>
    objectOf(
      { targets: [{ store: 'cluster', secret: name, field: 'API_KEY' }], ...more },
      { name, createdAt, namespace },
    )

  it('one that is wrong stops no other', () => {
    expect(read(at('one', 1, { every: 1 }), at('two', 2))).toEqual({
      keys: ['team-a/two'],
      refused: { 'team-a/one': 'spec.every: is a number' },
    })
  })

  it('the oldest ones count, each namespace for itself', () => {
    const all = [
      at('e', 5),
      at('d', 4),
      at('c', 3, { every: 1 }),
      at('b', 2),
      at('a', 1),
      at('a', 6, {}, 'team-b'),
    ]
    expect(read(...all)).toEqual({
      keys: ['team-a/a', 'team-a/b', 'team-b/a'],
      refused: {
        'team-a/c': 'spec.every: is a number',
        'team-a/d':
          'metadata.name: this namespace has 3 older ManagedKeys, and no more than 3 are opened to it',
        'team-a/e':
          'metadata.name: this namespace has 3 older ManagedKeys, and no more than 3 are opened to it',
      },
    })
  })

  it('a field of a Secret belongs to the older key, and to the config before any', () => {
    const shared = { targets: [{ store: 'cluster', secret: 'shared', field: 'OPS_KEY' }] }
    const twice = {
      targets: [at('x', 1), at('x', 1)].flatMap(({ spec }) => (spec as { targets: object[] }).targets),
    }
    expect(
      read(at('late', 2, shared), at('x', 3), at('y', 4, at('x', 0).spec as Spec), at('z', 1, twice)),
    ).toEqual({
      keys: ['team-a/x'],
      refused: {
        'team-a/late': 'spec.targets[0]: a key of the config writes the same field',
        'team-a/y': 'spec.targets[0]: team-a/x writes the same field',
        'team-a/z': 'spec.targets[1]: another target of this key writes the same field',
      },
    })
  })

  it('an account with room for one key belongs to the older key, whose name others do not learn', () => {
    expect(read(at('b', 2, { issuer: 'single' }, 'team-b'), at('a', 1, { issuer: 'single' }))).toEqual({
      keys: ['team-a/a'],
      refused: {
        'team-b/b':
          'spec.issuer: this account has one key, which is replaced in place: it is that of another key',
      },
    })
  })
})
