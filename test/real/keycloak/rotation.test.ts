import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { onPath } from '../../shared/network/fault-proxy.ts'
import {
  expectRolledBack,
  expectSilence,
  expectTurnedOver,
  expectUndisturbed,
} from '../../shared/rigs/product/expectations.ts'
import { makeKeycloak } from '../../shared/rigs/product/keycloak.ts'
import type { Product } from '../../shared/rigs/product/product.ts'
import { makeProductRig, type ProductRig } from '../../shared/rigs/product/rig.ts'

const onRoll = onPath('POST', /\/client-secret$/)
const onEnd = onPath('DELETE', /\/client-secret\/rotated$/)

const DAY_MS = 86_400_000

let product: Product
let rig: ProductRig

beforeEach(async () => {
  product = await makeKeycloak()
  rig = await makeProductRig(product, { defaults: { overlap: '1s' } })
})
afterEach(async () => {
  await rig.close()
  await product.close()
})

/** The rolls and ends of an overlap that Keyrota sent, in order. */
function changes(): string[] {
  return rig.proxy.requests.filter((seen) => onRoll(seen) || onEnd(seen)).map(({ method }) => method)
}

test('a secret is rolled, deployed and validated, and its overlap ended, while a worker uses it', async () => {
  const { current } = await expectTurnedOver(product, rig, await rig.rotate())
  expect(changes()).toEqual(['POST', 'DELETE'])
  expect(await product.liveKeys()).toEqual([rig.heldKey()])
  expect(current?.ref?.id).toBe(product.idOf(rig.heldKey()))
  await expectSilence(rig)
})

describe('if a worker fails with the new secret', () => {
  test('the old one is restored, and nothing is sent that could end it', async () => {
    rig.worker.failWithNewKeys()
    const rolledBackAt = Date.now()
    const { current } = await expectRolledBack(product, rig, await rig.rotate())
    expect(changes()).toEqual(['POST'])
    const [old, made] = await product.liveKeys()
    expect(old === rig.oldKey && made !== rig.oldKey).toBe(true)
    // What the worker uses dies by itself two days after the roll.
    expect(current?.expiresAt).toBeGreaterThan(rolledBackAt + DAY_MS)
    expect(current?.expiresAt).toBeLessThan(Date.now() + 2 * DAY_MS)
    await expectSilence(rig)
  })

  test('the next rotation goes on with the secret that is there, without another roll', async () => {
    rig.worker.failWithNewKeys()
    await expectRolledBack(product, rig, await rig.rotate())
    const [, made] = await product.liveKeys()
    rig.worker.takeNewKeys()
    await expectTurnedOver(product, rig, await rig.rotate())
    expect(rig.heldKey() === made).toBe(true)
    expect(changes()).toEqual(['POST', 'DELETE'])
    await expectSilence(rig)
  })
})

describe('a roll whose response is lost', () => {
  test('is read back with its value: no second roll, no dead key', async () => {
    rig.proxy.arm({ when: onRoll, action: { kind: 'cut-after' } })
    await expectTurnedOver(product, rig, await rig.rotate())
    expect(changes()).toEqual(['POST', 'DELETE'])
    await expectSilence(rig)
  })

  test('and which never arrived, reads back as the old key and is repeated after the quiet time', async () => {
    rig.proxy.arm({ when: onRoll, action: { kind: 'cut-before' } })
    await expectTurnedOver(product, rig, await rig.rotate())
    expect(changes()).toEqual(['POST', 'POST', 'DELETE'])
  })
})

test('if somebody else rolls meanwhile, the overlap that would end the new secret is not ended', async () => {
  let rolled = 0
  rig.worker.afterRestart(async () => {
    await product.replaceKey?.()
    rolled += 1
  })
  await rig.rotate()
  expect(rolled).toBe(1)
  expect(changes()).toEqual(['POST'])
  expect(await product.call(rig.heldKey())).toBe(200)
  expectUndisturbed(rig)
})

test('a leaked secret is rolled and its overlap ended without waiting for it', async () => {
  const leaked = ['--compromised', '--leaked', 'old', '--wait', '30s']
  const rotated = await rig.command('rotate', 'renderer-prod', ...leaked)
  expect(rotated.stdout + rotated.stderr).toContain('completed')
  expect(changes()).toEqual(['POST', 'DELETE'])
  expect(await product.call(rig.oldKey)).toBe(401)
  expectUndisturbed(rig)
})

test('an end of the overlap whose response is lost shows in the probe, and is not repeated', async () => {
  rig.proxy.arm({ when: onEnd, action: { kind: 'cut-after' } })
  await expectTurnedOver(product, rig, await rig.rotate())
  expect(changes()).toEqual(['POST', 'DELETE'])
})

test('the command line rolls it, and prints none of its values', async () => {
  const rotated = await rig.command('rotate', 'renderer-prod', '--wait', '30s')
  expect(rotated.stdout + rotated.stderr).toContain('completed')
  expectUndisturbed(rig)
  await rig.command('run', '--json')
  await expectSilence(rig)
})
