/* `leaked`: whose value it is, in each state that a key can have, and the command that ends it. */

import { expect, test } from 'vitest'
import { type KeyRecord, newRecord } from '../../../src/contracts/record.ts'
import type { Context } from '../../../src/service/context.ts'
import { identifyLeak } from '../../../src/service/leaks/identify.ts'
import { fingerprintIn, values } from '../../scan/planted.ts'

const { prefixed = '', dashed = '', hex = '', uuid = '', dotted = '', letters = '' } = values

function contextOf(...records: readonly KeyRecord[]): Context {
  const journal = {
    list: async ({ after = '' }: { after?: string }) => records.filter(({ key }) => key > after),
    load: async (name: string) => ({ record: records.find(({ key }) => key === name) ?? null }),
  }
  const issuer = { traits: { parts: ['id', 'secret'], publicParts: ['id'] } }
  const keys = new Map(records.map(({ key }) => [key, { name: key, issuer: 'issuer', consumers: [] }]))
  return { journal, keys, providers: { issuer: async () => issuer } } as never
}

function recordOf(key: string, change: object): KeyRecord {
  return { ...newRecord(key, 'k7f3'), ...change }
}

function current(fingerprint: string): Pick<KeyRecord, 'current'> {
  return { current: { fingerprint, since: 1, sinceFrom: 'store', adopted: true, versions: {} } }
}

async function identify(context: Context, text: string) {
  const { matches } = await identifyLeak(context, Buffer.from(text), { killBy: '15m', reason: 'in a log' })
  return matches.map(({ key, state, leaked, step }) => ({
    key,
    state,
    leaked,
    command: step?.command ?? null,
  }))
}

const rest = "--kill-by 15m --reason 'in a log'"

test('while a rotation runs, the old key, the new one, or both of them leaked', async () => {
  const attempts = [
    { mark: 'm', name: 'n', state: 'issued', at: 1, landsBy: 0, fingerprint: fingerprintIn(dashed) },
  ]
  const rotation = { id: 'r1', old: { fingerprint: fingerprintIn(prefixed), dead: false }, attempts }
  const context = contextOf(recordOf('a', { ...current(fingerprintIn(prefixed)), rotation }))
  const commandWith = (which: string) => `keyrota rotate a --compromised --leaked ${which} ${rest}`
  expect(await identify(context, `KEY=${prefixed}`)).toEqual([
    { key: 'a', state: 'current', leaked: 'old', command: commandWith('old') },
  ])
  expect(await identify(context, dashed)).toEqual([
    { key: 'a', state: 'new', leaked: 'new', command: commandWith('new') },
  ])
  const both = await identify(context, `${prefixed}\n${dashed}\n`)
  expect(both.map(({ command }) => command)).toEqual([commandWith('both'), commandWith('both')])
})

test('every key that shares the value is named, dead ones need nothing, and debts a deletion', async () => {
  const past = [
    { fingerprint: fingerprintIn(hex), state: 'revoked', until: 5, rotation: 'r0' },
    { fingerprint: fingerprintIn(uuid), state: 'not-revoked', until: 5 },
  ]
  const debts = [
    { name: 'old one', fingerprint: fingerprintIn(dotted), rotation: 'r0', why: 'lost', since: 1 },
  ]
  const context = contextOf(
    recordOf('a', { ...current(fingerprintIn(prefixed)), past, debts }),
    recordOf('b', current(fingerprintIn(prefixed))),
  )
  expect((await identify(context, prefixed)).map(({ key, leaked }) => [key, leaked])).toEqual([
    ['a', 'old'],
    ['b', 'old'],
  ])
  expect(await identify(context, hex)).toEqual([{ key: 'a', state: 'revoked', leaked: null, command: null }])
  expect((await identify(context, uuid))[0]?.command).toBe('keyrota prove a --old')
  expect((await identify(context, dotted))[0]?.command).toMatch(/^keyrota resume a --confirm /)
})

test('of a key with several parts the secret one is known, and the public one is no leak', async () => {
  const parts = `id:${fingerprintIn(letters)},secret:${fingerprintIn(dashed)}`
  const context = contextOf(recordOf('a', current(parts)))
  expect((await identify(context, dashed)).map(({ leaked }) => leaked)).toEqual(['old'])
  expect(await identify(context, letters)).toEqual([])
})

test('a key of several lines is known as a whole', async () => {
  const value = '-----BEGIN TOKEN-----\nabc def\n-----END TOKEN-----'
  const context = contextOf(recordOf('a', current(fingerprintIn(value))))
  expect(await identify(context, `  ${value}\n\n`)).toHaveLength(1)
})
