import { expect, test } from 'vitest'
import type { KeyIssuer, KeyRef } from '../../src/contracts/key-issuer.ts'
import { check } from '../../src/service/check.ts'
import { makeRig, type Setup } from '../engine/harness.ts'

function listing(see: (keys: KeyRef[]) => KeyRef[]): Setup {
  return {
    makeIssuer: (_space, api: KeyIssuer) =>
      api.lifecycle === 'operator' ? api : { ...api, list: async (call) => see(await api.list(call)) },
  }
}

async function said(setup: Setup, adopted = true) {
  const rig = makeRig(setup)
  if (adopted) await rig.run()
  const findings = await check(rig.context, [])
  return findings.filter(({ place }) => place === 'issuer').map(({ level, text }) => `${level}: ${text}`)
}

test.each([true, false])(
  'an empty list is a problem while a key is accepted (adopted: %s)',
  async (adopted) => {
    const found = await said(
      listing(() => []),
      adopted,
    )
    expect(found[0]).toMatch(/^problem: lists 0 live keys, but not the key in use/)
  },
)

test('what a lifecycle cannot do is said', async () => {
  const issuer = { lifecycle: 'roll', oldKeyOnIssue: { diesAfter: '48h' } }
  const found = await said({ issuer })
  expect(found).toContain('ok: the key in use is the current one')
  expect(found.join('\n')).toContain('ends the old key 48 h after it made the new one')
  const alone = await said({ issuer: { ...issuer, canReadBack: false, canEndOverlap: false } })
  expect(alone.join('\n')).toContain('cannot be asked for its current key: a lost answer needs a person')
})

test('a key that the issuer has replaced already is a problem', async () => {
  const rig = makeRig({ issuer: { lifecycle: 'roll' } })
  await rig.run()
  if (rig.space.keys[0]) rig.space.keys[0].revoked = true
  rig.space.addKey({ name: 'by hand' })
  const findings = await check(rig.context, [])
  expect(findings.filter(({ level }) => level === 'problem').map(({ text }) => text)[0]).toContain(
    'which it has replaced',
  )
})
