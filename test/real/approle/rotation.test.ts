import { afterEach, beforeEach, expect, test } from 'vitest'
import { onPath } from '../../shared/network/fault-proxy.ts'
import { makeAppRole } from '../../shared/rigs/product/approle.ts'
import { expectRolledBack, expectSilence, expectTurnedOver } from '../../shared/rigs/product/expectations.ts'
import type { Product } from '../../shared/rigs/product/product.ts'
import { makeProductRig, type ProductRig } from '../../shared/rigs/product/rig.ts'

const onCreate = onPath('POST', /\/secret-id$/)
const onDestroy = onPath('POST', /\/secret-id-accessor\/destroy$/)

let product: Product
let rig: ProductRig

beforeEach(async () => {
  product = await makeAppRole()
  rig = await makeProductRig(product)
})
afterEach(async () => {
  await rig.close()
  await product.close()
})

/** How many secret ids Keyrota created and destroyed. */
const changes = () => ({ made: rig.proxy.count(onCreate), destroyed: rig.proxy.count(onDestroy) })

test('a secret id is created, deployed, validated and destroyed while a worker logs in with it', async () => {
  await expectTurnedOver(product, rig, await rig.rotate())
  expect(changes()).toEqual({ made: 1, destroyed: 1 })
  expect(await product.liveKeys()).toHaveLength(1)
  await expectSilence(rig)
})

test('if a worker fails with the new secret id, the old one is restored and the new one destroyed', async () => {
  rig.worker.failWithNewKeys()
  await expectRolledBack(product, rig, await rig.rotate())
  expect(changes()).toEqual({ made: 1, destroyed: 1 })
  expect(await product.liveKeys()).toHaveLength(1)
  await expectSilence(rig)
})

test('after a creation whose response is lost, what is new in the list is destroyed, and another is created', async () => {
  rig.proxy.arm({ when: onCreate, action: { kind: 'cut-after' } })
  await expectTurnedOver(product, rig, await rig.rotate())
  expect(changes()).toEqual({ made: 2, destroyed: 2 })
  expect(await product.liveKeys()).toHaveLength(1)
  await expectSilence(rig)
})

test('a destruction whose response is lost shows at the login, and is not repeated', async () => {
  rig.proxy.arm({ when: onDestroy, action: { kind: 'cut-after' } })
  await expectTurnedOver(product, rig, await rig.rotate())
  expect(changes()).toEqual({ made: 1, destroyed: 1 })
})

test('the command line rotates it, and prints none of its values', async () => {
  const rotated = await rig.command('rotate', 'renderer-prod', '--wait', '30s')
  expect(rotated.stderr + rotated.stdout).toContain('completed')
  await rig.command('run', '--json')
  await expectSilence(rig)
})
