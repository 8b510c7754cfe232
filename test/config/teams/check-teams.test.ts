import { describe, expect, it } from 'vitest'
import { head, loadTeams, platform, problemsOfConfig } from './team-config.ts'

const grant = (more: string) =>
  `${head}journal: { namespaces: all, type: kubernetes }\nkubernetes:\n  teams:\n    - { namespaces: team-*, environments: [staging], issuers: [video], stores: [cluster], ${more} }\nkeys: {}\n`

describe('what the config opens to teams', () => {
  it('is kept with the defaults that their keys get', async () => {
    const { teams } = await loadTeams(platform)
    expect(teams?.defaults).toEqual({ every: 30 * 86_400_000 })
    expect(teams?.grants[0]).toEqual({
      namespaces: ['team-*'],
      environments: ['staging'],
      issuers: ['video-staging', 'single', 'ending'],
      stores: ['cluster'],
      scopes: [],
      maxKeys: 3,
    })
    expect((await loadTeams(`${head}keys: {}\n`)).teams).toBeUndefined()
  })

  it.each<[string, string[]]>([
    [
      'issuers: [vido]',
      [
        'kubernetes.teams[0].issuers[0]: no issuer has this name | one of video-staging, video, billing, single, ending | video',
      ],
    ],
    [
      'stores: [aws]',
      ['kubernetes.teams[0].stores[0]: is a store of type `cloud` | one of cluster, elsewhere | -'],
    ],
    [
      'stores: [elsewhere]',
      [
        'kubernetes.teams[0].stores[0]: may be in another cluster than the journal | a store with the `kubeconfig` and `context` of the journal | -',
      ],
    ],
    [
      'namespaces: Team',
      [
        'kubernetes.teams[0].namespaces: is not valid | the name of a namespace, or a pattern with `*` such as team-* | -',
      ],
    ],
    ['maxKeys: 0', ['kubernetes.teams[0].maxKeys: is not valid | at least 1 | -']],
    ['commands: [sh]', ['kubernetes.teams[0].commands: unknown field | - | -']],
  ])('%s', async (more, expected) => {
    const [name] = more.split(':')
    const text = grant('X')
      .replace(new RegExp(`(?<=- .*)${name}: [^ ]+ ?`), '')
      .replace('X', more)
    expect(await problemsOfConfig(text)).toEqual(expected)
  })

  it('needs the journal whose objects the teams write', async () => {
    expect(
      await problemsOfConfig(platform.replace('journal: { type: kubernetes, namespaces: all }', '')),
    ).toEqual([
      'kubernetes.teams: needs the journal in the cluster, whose objects the teams write | `journal: { type: kubernetes, namespaces: all }` | -',
    ])
  })

  it('needs that journal to look into their namespaces', async () => {
    expect(await problemsOfConfig(platform.replace(', namespaces: all', ''))).toEqual([
      'journal: sees the objects of its own namespace only, and `kubernetes.teams` opens others | `journal: { type: kubernetes, namespaces: all }` | -',
    ])
  })
})
