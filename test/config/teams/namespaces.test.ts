import { describe, expect, it } from 'vitest'
import { opensNamespace } from '../../../src/config/teams/fields.ts'

describe('a pattern of namespaces', () => {
  it.each<[string, string, boolean]>([
    ['team-a', 'team-a', true],
    ['team-a', 'team-ab', false],
    ['team-*', 'team-', true],
    ['team-*', 'team-b', true],
    ['team-*', 'my-team-b', false],
    ['*-staging', 'a-staging', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['**', 'x', true],
  ])('%s, %s', (pattern, name, opens) => {
    expect(opensNamespace({ namespaces: [pattern] }, name)).toBe(opens)
  })
})
