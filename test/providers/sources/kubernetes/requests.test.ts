import { describe, expect, it } from 'vitest'
import {
  type ManagedKeyObject,
  readRequests,
  toDeclared,
} from '../../../../providers/sources/kubernetes/objects.ts'

type Metadata = Partial<ManagedKeyObject['metadata']>

/** An object with these annotations, set by one client at one time. */
function annotated(
  given: Record<string, string>,
  set: { manager?: string; operation?: string; time?: string } | null = {},
  metadata: Metadata = {},
): ManagedKeyObject {
  const fields = Object.fromEntries(Object.keys(given).map((name) => [`f:${name}`, {}]))
  const entry = {
    ...{ manager: 'kubectl-annotate', operation: 'Update', time: '2026-11-27T14:00:00Z' },
    ...set,
    fieldsV1: { 'f:metadata': { 'f:annotations': fields } },
  }
  return {
    metadata: {
      ...{ name: 'renderer', namespace: 'team-a', uid: 'u1', resourceVersion: '1' },
      creationTimestamp: '2026-11-27T10:00:00Z',
      annotations: given,
      managedFields: set === null ? [] : [entry],
      ...metadata,
    },
    spec: { every: '30d' },
  }
}

const rotate = { 'keyrota.dev/rotate': 'why' }
const tokenOf = (object: ManagedKeyObject) => readRequests(object)[0]?.token

describe('requests in annotations', () => {
  it('say what is asked, and who asked as the server recorded it', () => {
    const given = {
      'keyrota.dev/rotate': 'planned',
      'keyrota.dev/compromised': 'in a log',
      'keyrota.dev/leaked': 'old',
      'keyrota.dev/kill-by': '15m',
      'example.com/rotate': 'of somebody else',
    }
    const by = 'kubectl-annotate (Update, 2026-11-27T14:00:00Z)'
    expect(readRequests(annotated(given))).toMatchObject([
      { name: 'compromised', words: 'in a log', leaked: 'old', killBy: '15m', by },
      { name: 'rotate', words: 'planned', by },
    ])
    expect(readRequests(annotated({ 'keyrota.dev/leaked': 'old' }))).toEqual([])
  })

  it('keep their token when the object changes, and get another one when they are asked again', () => {
    const first = tokenOf(annotated(rotate))
    expect(tokenOf(annotated(rotate, {}, { resourceVersion: '2', generation: 5 }))).toBe(first)
    const others = [
      annotated({ 'keyrota.dev/rotate': 'another reason' }),
      annotated(rotate, { time: '2026-11-27T14:00:01Z' }),
      annotated(rotate, { manager: 'my-pipeline' }),
      annotated(rotate, {}, { uid: 'u2' }),
    ]
    const tokens = [first, ...others.map(tokenOf)]
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it.each([
    { manager: 'argocd-controller', operation: 'Apply' },
    { manager: 'kubectl-client-side-apply', operation: 'Update' },
    { manager: 'helm', operation: 'Update' },
  ])('of a manifest count once, although each sync sets them again: %j', (set) => {
    const later = { ...set, time: '2026-11-28T14:00:00Z' }
    expect(tokenOf(annotated(rotate, set))).toBe(tokenOf(annotated(rotate, later)))
  })

  it('without a record of who set them say so, and a strange name is not repeated', () => {
    expect(readRequests(annotated(rotate, null))).toMatchObject([{ by: null }])
    const [strange] = readRequests(annotated(rotate, { manager: 'a\u0007b' }))
    expect(strange?.by).toBe('a client with an unusual name (Update, 2026-11-27T14:00:00Z)')
  })
})

describe('an object', () => {
  it('is of a team, except one of the config in the namespace of Keyrota', () => {
    const config = { labels: { 'keyrota.dev/from': 'config' } }
    const keyOf = (metadata: Metadata) => {
      const { key, isOfTeam } = toDeclared(annotated({}, {}, metadata), 'keyrota')
      return [key, isOfTeam]
    }
    expect(keyOf({ namespace: 'keyrota', ...config })).toEqual(['renderer', false])
    expect(keyOf({ namespace: 'keyrota' })).toEqual(['keyrota/renderer', true])
    expect(keyOf({ namespace: 'team-a', ...config })).toEqual(['team-a/renderer', true])
  })

  it('is held, or leaves, as its metadata says', () => {
    const leaving = { deletionTimestamp: '2026-11-27T15:00:00Z', finalizers: ['keyrota.dev/rotation'] }
    expect(toDeclared(annotated({}, {}, leaving), 'keyrota')).toMatchObject({ isLeaving: true, isHeld: true })
    expect(toDeclared(annotated({}), 'keyrota')).toMatchObject({
      isLeaving: false,
      isHeld: false,
      createdAt: Date.UTC(2026, 10, 27, 10),
      spec: { every: '30d' },
    })
  })
  it('names the installation that keeps a record in it', () => {
    const kept = (record?: string) =>
      toDeclared({ ...annotated({}), status: { journal: record === undefined ? {} : { record } } }, 'keyrota')
    expect(kept('{"key":"team-a/renderer","installation":"other"}').installation).toBe('other')
    for (const record of [undefined, '{}', '{"installation":7}', 'null', '{'])
      expect(kept(record).installation).toBeNull()
    expect(toDeclared(annotated({}), 'keyrota').installation).toBeNull()
  })
})
