/* `prove`: what is said of an old key, with the controls that make it mean something. */

import { expect, test } from 'vitest'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { type ProofDocument, prove } from '../../../src/service/leaks/prove.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'

async function rotated(setup: Setup = {}): Promise<{ rig: Rig; old: Material }> {
  const rig = makeRig({ targets: 2, ...setup })
  const old = rig.space.keys[0]?.material as Material
  await rig.rotate()
  expect((await rig.record()).last?.end).toBe('completed')
  return { rig, old }
}

async function proveWith(rig: Rig, pasted: Material | null): Promise<ProofDocument> {
  const proof = await prove(rig.context, rig.key.name, pasted)
  for (const { material } of rig.space.keys)
    expect(JSON.stringify(proof)).not.toContain(material.value?.expose())
  return proof
}

function claimsOf({ claims }: ProofDocument): string[] {
  return claims.map(({ claim, proof, by }) => `${claim.replace(/[0-9a-f]{16}/, 'X')}: ${proof} by ${by}`)
}

test('a pasted old value is proved dead beside the key in use of every target and a garbage key', async () => {
  const { rig, old } = await rotated()
  const proof = await proveWith(rig, old)
  expect(claimsOf(proof)).toEqual([
    'a key that never was is refused: proved by probe',
    'the key in store/app-0#KEY is accepted: proved by probe',
    'the key in store/app-1#KEY is accepted: proved by probe',
    'the old key X is refused: proved by probe',
  ])
  expect(proof).toMatchObject({ proof: 'proved', copies: [], unread: [], old: { state: 'revoked' } })
  expect(proof.probes).toHaveLength(2)
})

test('without the value the list proves it, beside the key in use that it must show', async () => {
  const { rig } = await rotated()
  const proof = await proveWith(rig, null)
  expect(claimsOf(proof).at(-1)).toBe('the old key X is refused: proved by list')
  rig.space.inject({ kind: 'refuse', verb: 'list', code: 'denied' })
  expect(await proveWith(rig, null)).toMatchObject({ proof: 'cannot-tell' })
})

test('an old key that lives again is not proved dead, by probe and by list', async () => {
  const { rig, old } = await rotated()
  const key = rig.space.keyOf(old)
  if (key) Object.assign(key, { revoked: false, deadFrom: Number.POSITIVE_INFINITY })
  const byProbe = await proveWith(rig, old)
  expect(byProbe.proof).toBe('not-proved')
  expect(byProbe.claims.at(-1)?.why).toContain('it still opens what it opened')
  expect(await proveWith(rig, null)).toMatchObject({ proof: 'not-proved' })
})

test('a probe that takes anything, or refuses everything, proves nothing', async () => {
  const { rig, old } = await rotated()
  const stop = rig.space.inject({ kind: 'accept-anything' })
  const anything = await proveWith(rig, old)
  expect(anything.proof).toBe('not-proved')
  expect(claimsOf(anything).at(-1)).toBe('the old key X is refused: cannot-tell by probe')
  stop()
  rig.space.inject({ kind: 'reject-all' })
  const nothing = await proveWith(rig, old)
  expect(claimsOf(nothing).at(-1)).toBe('the old key X is refused: cannot-tell by probe')
  expect(nothing.proof).toBe('not-proved')
})

test('no verdict and no reading are no proof, and no alarm', async () => {
  const { rig, old } = await rotated()
  const stop = rig.space.inject({ kind: 'hang', verb: 'probe' })
  expect(await proveWith(rig, old)).toMatchObject({ proof: 'cannot-tell' })
  stop()
  rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable', secret: 'app-1' } as never)
  const half = await proveWith(rig, old)
  expect(claimsOf(half)[2]).toBe('the key in store/app-1#KEY is accepted: cannot-tell by read')
  expect(half.proof).toBe('cannot-tell')
})

test('a value that was never accepted is not called dead because it is refused', async () => {
  const { rig, old } = await rotated()
  const { journal } = rig.context
  const claim = await journal.claim(rig.key.name, { holder: 'test', leaseMs: 1_000 })
  if (claim === 'held' || !claim.record) throw new Error('it is free')
  const [past] = claim.record.past
  if (past) past.neverAccepted = true
  await journal.commit(claim, { record: claim.record, audit: [], release: true })
  expect(claimsOf(await proveWith(rig, old)).at(-1)).toBe('the old key X is refused: cannot-tell by probe')
})

test('copies that a store still has are listed, and the value in one is what is probed', async () => {
  const { rig, old } = await rotated({ wrapStore: (store) => ({ ...store, retire: async () => 'kept' }) })
  const proof = await proveWith(rig, null)
  expect(proof.copies.map(({ target }) => target).sort()).toEqual(['store/app-0#KEY', 'store/app-1#KEY'])
  for (const copy of proof.copies)
    expect(copy).toMatchObject({
      version: expect.stringMatching(/^mem-/),
      fingerprint: proof.old.fingerprint,
    })
  expect(claimsOf(proof).at(-1)).toBe('the old key X is refused: proved by probe')
  rig.write(0, old.value?.expose() ?? '')
  const drifted = await proveWith(rig, null)
  expect(drifted.copies).toContainEqual({
    ...{ target: 'store/app-0#KEY', version: 'current', fingerprint: proof.old.fingerprint },
  })
  expect(drifted.proof).toBe('not-proved')
})

test('the key in use, a foreign value and a key without a past are refused', async () => {
  const { rig } = await rotated()
  const now = rig.space.keys.at(-1)?.material as Material
  await expect(proveWith(rig, now)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('in use'),
  })
  const other = makeRig({ seed: 2 })
  const foreign = other.space.keys[0]?.material as Material
  await expect(proveWith(rig, foreign)).rejects.toMatchObject({ code: 'refused' })
  await other.run()
  await expect(proveWith(other, null)).rejects.toMatchObject({ code: 'nothing-to-do' })
})
