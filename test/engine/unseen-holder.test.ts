/* Keys of the config that were never looked at: whether they hold a key that is to end is read from their targets. */
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { JournalError } from '../../src/contracts/errors.ts'
import { rotate } from '../../src/service/rotate.ts'
import { status } from '../../src/service/status.ts'
import { makeRig, type Setup } from './harness.ts'

/** A key, and a second one in a secret of its own with the same value. */
function makeTwins(setup: Setup = {}) {
  const rig = makeRig(setup)
  const content = rig.secrets.contentOf('app-0')
  const value = typeof content === 'string' ? content : (content.KEY ?? '')
  rig.secrets.addSecret('twin', { KEY: value })
  const target = { id: 'store/twin#KEY', store: 'store', secret: 'twin', fields: { value: 'KEY' } }
  const twin: KeyConfig = { ...rig.key, name: 'twin', targets: [target] }
  rig.context.keys = new Map([...rig.context.keys, ['twin', twin]])
  return Object.assign(rig, { shared: rig.live()[0] ?? '', value })
}

test.each(['unread', 'in a template'])(
  'a key that was never looked at may hold the old key (%s): nothing is revoked under it',
  async (how) => {
    const rig = makeTwins({ policy: { giveUpMs: 60_000 } })
    await rig.run()
    if (how === 'unread') {
      rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable', secret: 'twin' })
    } else {
      rig.secrets.foreignWrite('twin', { KEY: `Bearer ${rig.value}` })
      const [target] = (rig.context.keys.get('twin') as KeyConfig).targets
      Object.assign(target ?? {}, { template: 'Bearer {{ value }}' })
    }
    await rotate(rig.context, 'video', {})
    const hold = (await rig.rotation()).hold
    expect(hold?.reason).toBe(how === 'unread' ? 'target-down' : 'shared-key')
    expect(hold?.detail).toContain('twin')
    expect(rig.live()).toContain(rig.shared)
    expect(rig.space.calls.issue).toBeUndefined()
  },
)

test('a leaked key is replaced and ended although another key cannot be read', async () => {
  const rig = makeTwins()
  await rig.run()
  rig.secrets.inject({ kind: 'refuse', verb: 'read', code: 'unavailable', secret: 'twin' })
  const { record } = await rotate(rig.context, 'video', { compromised: { leaked: 'old' } })
  expect(record?.last?.end).toBe('completed')
  expect(rig.live()).not.toContain(rig.shared)
})

test.each([true, false])(
  'the record of another key is damaged: its targets are read, and it holds nothing else up (it shares: %s)',
  async (shares) => {
    const rig = makeTwins()
    if (!shares) rig.secrets.foreignWrite('twin', { KEY: 'sk-of-somebody-else-0123456789' })
    await rig.run()
    const { journal } = rig.context
    const damaged = new JournalError('corrupt', 'what is kept of twin cannot be read', 'Restore it.')
    rig.context.journal = new Proxy(journal, {
      get: (target, name, self) =>
        name === 'load'
          ? (key: string) => (key === 'twin' ? Promise.reject(damaged) : journal.load(key))
          : Reflect.get(target, name, self),
    })
    await rotate(rig.context, 'video', {})
    expect(rig.live().includes(rig.shared)).toBe(shares)
    expect((await journal.load('video')).record?.rotation?.hold?.reason).toBe(
      shares ? 'shared-key' : undefined,
    )
    const rows = await status(rig.context, ['video', 'twin'])
    expect(rows.map(({ key, state }) => [key, state])).toContainEqual(['twin', 'record damaged'])
    expect(rows).toHaveLength(2)
  },
)
