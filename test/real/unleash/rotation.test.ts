import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onPath } from '../../shared/network/fault-proxy.ts'
import { expectRolledBack, expectSilence, expectTurnedOver } from '../../shared/rigs/product/expectations.ts'
import type { Product } from '../../shared/rigs/product/product.ts'
import { makeProductRig, type ProductRig } from '../../shared/rigs/product/rig.ts'
import { makeUnleash } from '../../shared/rigs/product/unleash.ts'

const onCreate = onPath('POST', /\/api-tokens$/)
const onDelete = onPath('DELETE', /\/api-tokens\//)

/** Longer than Unleash takes to reject a deleted token, twice. */
const WAIT_MS = 150_000

let product: Product

beforeAll(async () => {
  product = await makeUnleash()
})
afterAll(() => product.close())

async function withRig(run: (rig: ProductRig) => Promise<void>): Promise<void> {
  const rig = await makeProductRig(product, { waitMs: WAIT_MS, defaults: { giveUp: '150s' } })
  try {
    await run(rig)
  } finally {
    await rig.close()
  }
}

/** How many tokens Keyrota created and deleted. */
const changesOf = ({ proxy }: ProductRig) => ({ made: proxy.count(onCreate), deleted: proxy.count(onDelete) })

// At the same time, since Unleash accepts a deleted token for up to a minute more in each of them.
describe.concurrent('a token of a real Unleash, whose API names it by its secret', {
  timeout: WAIT_MS,
}, () => {
  test('is created, deployed, validated and deleted while a worker calls with it', async () => {
    await withRig(async (rig) => {
      const { current } = await expectTurnedOver(product, rig, await rig.rotate())
      expect(changesOf(rig)).toEqual({ made: 1, deleted: 1 })
      const live = await product.liveKeys()
      expect(live.includes(rig.heldKey()) && !live.includes(rig.oldKey)).toBe(true)
      expect(current?.ref?.id).toBe(product.idOf(rig.heldKey()))
      await expectSilence(rig)
    })
  })

  test('is deleted again if a worker fails with it, and the old one is restored', async () => {
    await withRig(async (rig) => {
      rig.worker.failWithNewKeys()
      await expectRolledBack(product, rig, await rig.rotate())
      expect(changesOf(rig)).toEqual({ made: 1, deleted: 1 })
      expect(await product.liveKeys()).toContain(rig.oldKey)
      await expectSilence(rig)
    })
  })

  test('whose creation gets no response is found by its name and deleted, and another is created', async () => {
    await withRig(async (rig) => {
      rig.proxy.arm({ when: onCreate, action: { kind: 'cut-after' } })
      await expectTurnedOver(product, rig, await rig.rotate())
      expect(changesOf(rig)).toEqual({ made: 2, deleted: 2 })
      await expectSilence(rig)
    })
  })

  test.each([429, 500])('whose deletion returns %i is not shown by the path in the error', async (status) => {
    await withRig(async (rig) => {
      rig.proxy.arm({ when: onDelete, action: { kind: 'answer', status } })
      rig.context.waitMs = 10_000
      const { end } = await rig.rotate()
      // Unleash forgets a deleted token at its next look, within a minute: that may be now.
      if (status === 429) expect(['waiting', 'ended']).toContain(end)
      else expect(end).toBe('waiting')
      expect(changesOf(rig).made).toBe(1)
      // A refusal has nothing to settle: the deletion is sent again after a pause.
      expect(changesOf(rig).deleted).toBe(status === 429 ? 2 : 1)
      expect((await product.liveKeys()).includes(rig.oldKey)).toBe(status !== 429)
      await expectSilence(rig)
    })
  })

  test('is refused as an id that a person gives', async () => {
    await withRig(async (rig) => {
      await rig.goOn()
      for (const what of ['id', 'deleted', 'orphan']) {
        const asked = ['resume', 'renderer-prod', '--confirm', `${what}:${rig.oldKey}`]
        expect((await rig.command(...asked)).code).toBeGreaterThan(0)
      }
      await expectSilence(rig)
    })
  })

  test('is rotated by the command line, which prints no token: neither ours nor any of the list', async () => {
    await withRig(async (rig) => {
      const rotated = await rig.command('rotate', 'renderer-prod', '--wait', `${WAIT_MS}ms`)
      expect(rotated.stdout + rotated.stderr).toContain('completed')
      await rig.command('run', '--json')
      await expectSilence(rig)
    })
  })
})
