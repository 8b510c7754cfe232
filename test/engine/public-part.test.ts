/* A key of two parts, of which one is no secret: whoever has that one alone does not have the key. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { makeRig } from './harness.ts'

test.each([
  ['key', 'the account’s id', false],
  ['secret', 'the secret part', true],
] as const)('another key that holds only %s (%s): it holds up the rotation: %s', async (part, _, holdsUp) => {
  const parts = ['key', 'secret']
  const rig = makeRig({
    issuer: { parts },
    empty: true,
    makeIssuer: (_space, api) => ({ ...api, traits: { ...api.traits, publicParts: ['key'] } }) as typeof api,
  })
  const old = rig.space.addKey({ name: 'first', parts })
  const text = (name: string) => old.material[name]?.expose() ?? ''
  rig.secrets.addSecret('pair', { KEY: text('key'), SECRET: text('secret') })
  rig.secrets.addSecret('team', { KEY: text(part) })
  const fields = { key: 'KEY', secret: 'SECRET' }
  const pair = { ...rig.key, targets: [{ id: 'store/pair', store: 'store', secret: 'pair', fields }] }
  const target = { id: 'store/team#KEY', store: 'store', secret: 'team', fields: { value: 'KEY' } }
  const team = { ...rig.key, name: 'team-a/video', targets: [target] }
  rig.context.keys = new Map<string, KeyConfig>([
    ['video', pair],
    [team.name, team],
  ])
  await run(rig.context)
  const [shared] = rig.live()
  const { record } = await rotate(rig.context, 'video', {})
  expect(record?.rotation?.hold?.reason).toBe(holdsUp ? 'shared-key' : undefined)
  expect(rig.live().includes(shared ?? '')).toBe(holdsUp)
})
