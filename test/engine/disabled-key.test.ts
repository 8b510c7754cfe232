import { expect, test } from 'vitest'
import { makeRig } from './harness.ts'

test.each([
  { kind: 'refuse', verb: 'revoke', code: 'throttled' },
  { kind: 'refuse', verb: 'revoke', code: 'unavailable' },
  { kind: 'hang', verb: 'revoke' },
] as const)(
  'a disabled key is refused by the probe and not revoked yet ($kind $code): it is revoked again',
  async (fault) => {
    const rig = makeRig({ issuer: { canDisable: true } })
    rig.space.inject(fault, 1)
    const { end, record } = await rig.rotate()
    expect(end).toBe('ended')
    expect(record?.last?.end).toBe('completed')
    expect(rig.space.calls.revoke).toBe(2)
    expect(rig.live()).toHaveLength(1)
  },
)
