/* `prove` against a real issuer: what it says of a token that is dead, and what it does not say. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { material } from '../../../src/contracts/secret-value.ts'
import { prove } from '../../../src/service/leaks/prove.ts'
import { KEY } from '../../cli/installation.ts'
import { onPath } from '../../shared/network/fault-proxy.ts'
import { expectTurnedOver } from '../../shared/rigs/product/expectations.ts'
import { type Hub, makeHub } from '../../shared/rigs/product/jupyterhub.ts'
import { makeProductRig, type ProductRig } from '../../shared/rigs/product/rig.ts'

const onProbe = onPath('GET', /\/user$/)

let hub: Hub
let rig: ProductRig
beforeEach(async () => {
  hub = await makeHub()
  rig = await makeProductRig(hub)
})
afterEach(async () => {
  await rig.close()
  await hub.close()
})

test('a rotated token is proved dead beside the one in use, which the hub itself confirms', async () => {
  const old = rig.heldKey()
  await expectTurnedOver(hub, rig, await rig.rotate())
  const startedAt = performance.now()
  const { proof: verdict, claims } = await prove(rig.context, KEY, material({ value: old }))
  const took = performance.now() - startedAt
  expect(verdict).toBe('proved')
  expect(claims.map(({ proof, by }) => [proof, by])).toEqual([
    ['proved', 'probe'],
    ['proved', 'probe'],
    ['proved', 'probe'],
  ])
  expect([await hub.call(old), await hub.call(rig.heldKey())]).toEqual([403, 200])
  console.log(`jupyterhub: proved in ${Math.round(took)} ms`)
  expect(took).toBeLessThan(30_000)
})

test('without the old value the list of the hub says whether it is gone', async () => {
  await expectTurnedOver(hub, rig, await rig.rotate())
  const { proof: verdict, claims } = await prove(rig.context, KEY, null)
  expect([verdict, claims.at(-1)?.by]).toEqual(['proved', 'list'])
})

test('nothing is proved while the hub does not answer, or refuses everything', async () => {
  const old = rig.heldKey()
  await expectTurnedOver(hub, rig, await rig.rotate())
  for (const status of [503, 403]) {
    rig.proxy.arm({ when: onProbe, action: { kind: 'answer', status }, times: Number.POSITIVE_INFINITY })
    const { proof, claims } = await prove(rig.context, KEY, material({ value: old }))
    expect(proof).not.toBe('proved')
    expect(claims.at(-1)?.proof).toBe('cannot-tell')
    rig.proxy.clear()
  }
  expect((await prove(rig.context, KEY, material({ value: old }))).proof).toBe('proved')
})
