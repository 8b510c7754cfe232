/* A leaver's keys: those whose present value this person has seen, and no others. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { isPersonName } from '../../src/contracts/person.ts'
import { type KeyRecord, newRecord } from '../../src/contracts/record.ts'
import { describeSelection, isEmpty, selectKeys } from '../../src/fleet/selection.ts'
import { turnOver } from '../../src/workflow/keys/turn-over.ts'
import type { Turn } from '../../src/workflow/words/turn.ts'
import { makeDeployed } from '../workflow/record.ts'

const current = (seenBy?: string[]) => ({
  current: {
    ...{ fingerprint: 'f', since: 1, sinceFrom: 'rotation', adopted: false, versions: {} },
    ...(seenBy ? { seenBy } : {}),
  },
})
const attempt = (seenBy: string[]) => ({
  rotation: { attempts: [{ mark: 'm', name: 'n', state: 'issued', at: 1, landsBy: 0, seenBy }] },
})

const records = new Map(
  Object.entries({
    hers: current(['Ada', 'Bo']),
    both: { ...current(['bo']), ...attempt(['ada']) },
    his: { ...current(['bo']), past: [{ fingerprint: 'p', seenBy: ['ada'], state: 'revoked', until: 1 }] },
    unknown: current(),
    none: {},
  }).map(([name, change]) => [name, { ...newRecord(name, 'k7f3'), ...change } as unknown as KeyRecord]),
)
const keys = new Map(
  [...records.keys(), 'new'].map((name) => [
    name,
    { name, owner: 'team', targets: [] } as unknown as KeyConfig,
  ]),
)

test('the value in use and that of a rotation that runs count, earlier ones do not', () => {
  const selected = selectKeys(keys, { seenBy: 'ADA' }, records)
  expect('keys' in selected && selected.keys.map(({ name }) => name)).toEqual(['hers', 'both'])
  const narrower = selectKeys(keys, { seenBy: 'bo', owner: 'team', names: ['his', 'hers'] }, records)
  expect('keys' in narrower && narrower.keys.map(({ name }) => name)).toEqual(['hers', 'his'])
})

test('a person who has seen none is a mistake; a part of a name names the one that was meant', () => {
  const full = new Map([...records].map(([name, record]) => [name, structuredClone(record)]))
  const { current } = full.get('his') ?? {}
  if (current) current.seenBy = ['Grace Hopper']
  for (const [seenBy, near] of [
    ['nobody', undefined],
    ['hopper', 'Grace Hopper'],
    ['Grace Hoper', 'Grace Hopper'],
  ] as const)
    expect(selectKeys(keys, { seenBy }, full)).toEqual({
      unknown: [{ what: `a value that ${seenBy} has seen`, near }],
    })
})

test('it chooses keys by itself, and is printed as it is typed', () => {
  expect(isEmpty({ seenBy: 'ada' })).toBe(false)
  expect(describeSelection({ seenBy: 'Ada L.' })).toBe("--seen-by 'Ada L.'")
})

test('a new key brings its own persons, and the old one keeps its', () => {
  const record = makeDeployed()
  const [made] = record.rotation?.attempts ?? []
  if (!made || !record.current) throw new Error('no attempt')
  made.seenBy = ['ada']
  record.current.seenBy = ['bo']
  turnOver({ record, rotation: record.rotation, now: 5_000 } as unknown as Turn)
  expect(record.current?.seenBy).toEqual(['ada'])
  expect(record.past[0]?.seenBy).toEqual(['bo'])
})

test.each(['', ' ada', '-x', 'a\nb', 'a\u001b[1m', 'x'.repeat(65), '{{ x }}', "a'b"])(
  'no name of a person: %j',
  (text) => expect(isPersonName(text)).toBe(false),
)
test.each(['ada', 'Ada Lovelace', 'ada@example.com', 'Zoë', '李雷', 'o+x_1.2'])(
  'a name of a person: %s',
  (text) => expect(isPersonName(text)).toBe(true),
)
