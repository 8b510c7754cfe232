/* Keys of an issuer or a store that is down never hold up the keys of another. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { Slots } from '../../src/engine/slots.ts'
import { run } from '../../src/service/run.ts'
import { makeRig } from '../engine/harness.ts'

const KEYS = 12

test('keys of a dead issuer wait beside the others, not before them', async () => {
  const rig = makeRig({
    waitMs: 600_000,
    policy: { giveUpMs: 86_400_000, retryMinMs: 1_000, retryMaxMs: 60_000 },
  })
  const keys = new Map<string, KeyConfig>()
  for (const [kind, issuer] of [
    ['dead', 'dead'],
    ['healthy', 'issuer'],
  ] as const) {
    for (let index = 0; index < KEYS; index += 1) {
      const name = `${kind}-${index}`
      const old = rig.space.addKey({ name: `first-${name}` })
      rig.secrets.addSecret(name, { KEY: old.material.value?.expose() ?? '' })
      const targets = [{ id: `store/${name}#KEY`, store: 'store', secret: name, fields: { value: 'KEY' } }]
      keys.set(name, { ...rig.key, name, issuer, targets })
    }
  }
  const ended = new Map<string, number>()
  const { providers } = rig.context
  const context = {
    ...rig.context,
    keys,
    limits: { atOnce: 2, perRun: 100, perDay: 1_000 },
    providers: {
      ...providers,
      issuer: async (name: string) => {
        const issuer = await providers.issuer('issuer')
        if (name !== 'dead') return issuer
        return { ...issuer, probe: async () => ({ verdict: 'unknown' as const, status: 503 }) }
      },
    },
    watch: {
      committed: (audit: readonly { key: string; kind: string }[]) => {
        for (const { key, kind } of audit) if (kind === 'completed') ended.set(key, rig.clock.monotonicMs())
      },
    },
  }
  await run(context)
  for (const name of keys.keys()) await ask(context.journal, name)
  const start = rig.clock.monotonicMs()
  const report = await run(context)
  expect(report.failed).toEqual([])
  const done = [...ended].filter(([key]) => key.startsWith('healthy-'))
  expect(done).toHaveLength(KEYS)
  for (const [, at] of done) expect(at - start).toBeLessThan(60_000)
  // The wait is that of the run, not of each key.
  expect(rig.clock.monotonicMs() - start).toBeLessThan(700_000)
})

async function ask(journal: ReturnType<typeof makeRig>['context']['journal'], key: string): Promise<void> {
  const claim = await journal.claim(key, { holder: 'test', leaseMs: 1_000 })
  if (claim === 'held' || !claim.record) throw new Error(`${key} cannot be asked for`)
  const record = { ...claim.record, request: { reason: 'asked' as const, at: 0 } }
  await journal.commit(claim, { record, audit: [], release: true })
}

test('a free slot goes to the key whose issuer and stores have the fewest', async () => {
  const slots = new Slots(2)
  const order: string[] = []
  const take = async (name: string, labels: string[]) => {
    const slot = slots.slotFor(labels)
    await slot.take()
    order.push(name)
    return slot
  }
  const first = await take('a1', ['issuer/a', 'store/x'])
  const second = await take('a2', ['issuer/a', 'store/x'])
  const waiting = [take('a3', ['issuer/a', 'store/x']), take('b1', ['issuer/b', 'store/y'])]
  second.giveBack()
  second.giveBack()
  await waiting[1]
  expect(order).toEqual(['a1', 'a2', 'b1'])
  first.giveBack()
  await waiting[0]
  expect(order).toEqual(['a1', 'a2', 'b1', 'a3'])
})
