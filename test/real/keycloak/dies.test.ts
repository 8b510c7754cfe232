import { afterEach, beforeEach, expect, test } from 'vitest'
import { onPath } from '../../shared/network/fault-proxy.ts'
import { expectSilence } from '../../shared/rigs/product/expectations.ts'
import { makePlainKeycloak } from '../../shared/rigs/product/keycloak.ts'
import type { Product } from '../../shared/rigs/product/product.ts'
import { makeProductRig, type ProductRig } from '../../shared/rigs/product/rig.ts'

const onRoll = onPath('POST', /\/client-secret$/)

const SETTLE_MS = 6_000

let product: Product
let rig: ProductRig

beforeEach(async () => {
  product = await makePlainKeycloak()
  rig = await makeProductRig(product, {
    defaults: { allowOutage: true, confirmations: 1 },
    issuer: { settle: `${SETTLE_MS}ms` },
  })
})
afterEach(async () => {
  await rig.close()
  await product.close()
})

test('a secret that dies when it is replaced is out of service for a probe and a restart, not for the settle time', async () => {
  const { record } = await rig.rotate()
  expect({ end: record?.last?.end, hold: record?.rotation?.hold }).toEqual({
    end: 'completed',
    hold: undefined,
  })
  expect(rig.proxy.count(onRoll)).toBe(1)
  expect(await product.call(rig.heldKey())).toBe(200)
  expect(rig.worker.calls.refused).toBeGreaterThan(0)
  expect(rig.worker.outageMs()).toBeLessThan(SETTLE_MS / 2)
  await expectSilence(rig)
})

test('a roll whose response is lost is read back, and not repeated', async () => {
  rig.proxy.arm({ when: onRoll, action: { kind: 'cut-after' } })
  const { record } = await rig.rotate()
  expect(record?.last?.end).toBe('completed')
  expect(rig.proxy.count(onRoll)).toBe(1)
  expect(await product.call(rig.heldKey())).toBe(200)
})

test('if a worker fails with the new secret, the dead one is not written back', async () => {
  rig.worker.failWithNewKeys()
  const { record } = await rig.rotate()
  expect(record?.rotation?.standing).toBe('blocked')
  expect(rig.heldKey() === rig.oldKey).toBe(false)
  expect(await product.call(rig.heldKey())).toBe(200)
  expect(rig.proxy.count(onRoll)).toBe(1)
  await expectSilence(rig)
})
