import { describe, expect, test } from 'vitest'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { makeRig, type Rig } from './harness.ts'

const keyOf = (rig: Rig): string => rig.space.keys[0]?.material.value?.expose() ?? ''

function confirming(what: string) {
  return {
    change: (record: Parameters<typeof confirm>[0], now: number) => {
      expect(confirm(record, what, now)).toEqual({ ok: true })
      return []
    },
  }
}

const inTarget = (rig: Rig): unknown => {
  const content = rig.secrets.contentOf('app-0')
  return typeof content === 'string' ? content : content.KEY
}

/** The key in use is the issuer's first, and what the target holds in its place is not that key. */
function rigWith(standIn: (key: string) => string): Rig {
  const rig = makeRig({ settleMs: 30, issuer: { revokesByValue: true } })
  rig.write(0, standIn(keyOf(rig)))
  return rig
}

describe('what stands in the place of a key is not adopted, and no word has it written over', () => {
  const standIns: [string, string][] = [
    ['a reference to a variable', '$' + '{BASE}'],
    ['a reference to a vault', 'op://vault/item/field'],
    ['a template', '{{ .Values.key }}'],
    ['a value that SOPS encrypted', 'ENC[AES256_GCM,data:4Tk=,iv:x,tag:y,type:str]'],
  ]
  for (const [what, standIn] of standIns)
    for (const reason of ['asked', 'compromised'] as const)
      test(`${what}, ${reason}`, async () => {
        const rig = rigWith(() => standIn)
        const looked = await rig.run()
        expect(looked.record?.current).toBeNull()
        expect(looked.record?.violations.map(({ kind }) => kind)).toEqual(['not-a-key:store/app-0#KEY'])
        const start = () => ({
          id: '20261122-aaaaaa',
          reason,
          ...(reason === 'compromised' ? { compromised: { leaked: 'old' as const } } : {}),
        })
        expect((await rig.rotate({ start })).end).toBe('standing')
        const { hold } = await rig.rotation()
        expect(hold?.reason).toBe('not-a-key')
        expect(hold?.needs).toBeUndefined()
        expect(inTarget(rig)).toBe(standIn)
        expect(rig.space.calls.issue).toBeUndefined()
        // It was kept nowhere: neither sent to the issuer nor on record.
        expect(JSON.stringify([await rig.record(), rig.events])).not.toContain(standIn)
      })
})

describe('a value that was never seen accepted is not a key that died', () => {
  const standIns: [string, (key: string) => string, RegExp][] = [
    ['quotes are part of it', (key) => `"${key}"`, /quotes are part of it/],
    ['encoded twice', (key) => Buffer.from(key).toString('base64'), /base64 of another text/],
    ['the path of a file', () => '/run/secrets/api-key', /the path of a file/],
    ['another key', () => 'a-value-that-no-issuer-ever-made', /refuses this value/],
  ]
  for (const [what, standIn, says] of standIns)
    test(`${what}: blocked before anything is made, and only a person's word continues`, async () => {
      const rig = rigWith(standIn)
      const before = inTarget(rig)
      expect((await rig.rotate()).end).toBe('standing')
      const { hold } = await rig.rotation()
      expect(hold?.reason).toBe('never-accepted')
      expect(hold?.detail).toMatch(says)
      expect(hold?.detail).toContain('rejected')
      expect(hold?.detail).not.toContain(String(before))
      expect(hold?.needs).toBe(`dead:${rig.held()[0]}`)
      expect(rig.space.calls.issue).toBeUndefined()
      expect(inTarget(rig)).toBe(before)

      const done = await rig.run(confirming(String(hold?.needs)))
      expect(done.record?.last?.end).toBe('completed')
      expect(await rig.texts('completed')).toEqual([expect.stringMatching(/never seen to be accepted/)])
      expect(done.record?.past[0]).toMatchObject({ state: 'unknown', neverAccepted: true })
      expect(rig.accepted()).toHaveLength(2)
      expect(rig.secrets.calls.retire).toBeUndefined()
    })
})

test('a key that was accepted once and is refused now is dead, and only then is it called revoked', async () => {
  const rig = makeRig({ settleMs: 30, issuer: { canIdentify: false, revokesByValue: true } })
  await rig.run()
  expect((await rig.record()).current?.accepted).toBeUndefined()
  await rig.rotate()
  const { current } = await rig.record()
  expect(current?.accepted).toMatchObject({
    by: 'probe',
    controls: { key: /^accepted/, garbage: /^rejected/ },
  })
  for (const key of rig.space.keys) Object.assign(key, { revoked: true, deadFrom: 0 })
  const again = await rig.rotate()
  expect(again.record?.last?.end).toBe('completed')
  expect((await rig.texts('completed')).at(-1)).toBe(
    'the new key is in every target and the old one is revoked',
  )
})

test('a key that the issuer names at adoption is known to be one', async () => {
  const rig = makeRig()
  await rig.run()
  expect((await rig.record()).current?.accepted).toMatchObject({ by: 'identify' })
})

test('a value of before that was never accepted is not written over after the end', async () => {
  const rig = rigWith((key) => `"${key}"`)
  const before = String(inTarget(rig))
  await rig.rotate()
  await rig.run(confirming(`dead:${rig.held()[0]}`))
  rig.write(0, before)
  rig.pass(1_000)
  await rig.run()
  expect(inTarget(rig)).toBe(before)
})

test('a field that holds nothing is no key: none is adopted, none is fingerprinted, none is owed', async () => {
  for (const nothing of ['', '\n', 'null', '\ufeff', '[object Object]']) {
    const rig = rigWith(() => nothing)
    const looked = await rig.run()
    expect(looked.record?.current).toBeNull()
    expect(looked.record?.places['store/app-0#KEY']).toMatchObject({ holds: 'absent' })
    expect(looked.record?.places['store/app-0#KEY']?.fingerprint).toBeUndefined()
    const start = () => ({ id: '20261122-aaaaaa', reason: 'first' as const })
    expect((await rig.rotate({ start })).record?.last?.end).toBe('completed')
    expect(rig.accepted()).toContain(rig.held()[0])
    const { debts, past } = await rig.record()
    expect([debts, past]).toEqual([[], []])
    expect(await rig.texts('completed')).toEqual(['the first key is in every target'])
  }
})
