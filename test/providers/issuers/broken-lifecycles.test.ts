import { expect, test } from 'vitest'
import type { MemorySpace } from '../../../providers/issuers/memory/index.ts'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import { type IssuerRule, keyIssuerLaw, rollIssuerLaw, slotsIssuerLaw } from '../../laws/key-issuer.ts'
import { makeMemoryFixture } from './memory-fixture.ts'

/** What an issuer of this lifecycle must not do, and the rule that finds it. */
const broken: readonly {
  what: string
  rule: string
  law: readonly IssuerRule[]
  given: object
  change: (issuer: ApiIssuer, space: MemorySpace) => ApiIssuer
}[] = [
  {
    what: 'a revoke of a roll that ends the replaced key',
    rule: 'a revoke is invalid, sends nothing and ends no key',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({ ...issuer, revoke: async (_, call) => issuer.endOverlap?.(call) }),
  },
  {
    what: 'an end of the overlap that ends the current key',
    rule: 'ending an overlap that is over ends no key',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer, space) => ({
      ...issuer,
      endOverlap: async () => {
        for (const key of space.keys) key.deadFrom = 0
      },
    }),
  },
  {
    what: 'an end of the overlap that does nothing',
    rule: 'ending the overlap ends the replaced key and never the current one',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({ ...issuer, endOverlap: async () => {} }),
  },
  {
    what: 'one id for all keys of a roll',
    rule: 'a roll puts a new key in place, with an id of its own',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({
      ...issuer,
      issue: async (request, call) => ({ ...(await issuer.issue(request, call)), ref: { id: 'the-client' } }),
    }),
  },
  {
    what: 'a key that dies although the traits say that it lives',
    rule: 'the key that a roll replaced lives exactly as long as the traits say',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll', oldKeyOnIssue: 'dies' },
    change: (issuer) => ({ ...issuer, traits: { ...issuer.traits, oldKeyOnIssue: 'lives' } }),
  },
  {
    what: 'a key that lives although the traits say that it dies later',
    rule: 'the key that a roll replaced lives exactly as long as the traits say',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({ ...issuer, traits: { ...issuer.traits, oldKeyOnIssue: { diesAfterMs: 1 } } }),
  },
  {
    what: 'a reading back that rolls once more',
    rule: 'the current key can be read back, with its value and the same id',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({
      ...issuer,
      readBack: (call) => issuer.issue({ name: 'again', mark: 'again', seen: [] }, call),
    }),
  },
  {
    what: 'an empty list in place of none',
    rule: 'without a list, list and find are invalid and send nothing',
    law: rollIssuerLaw,
    given: { lifecycle: 'roll' },
    change: (issuer) => ({ ...issuer, list: async () => [], find: async () => [] }),
  },
  {
    what: 'a revoke of the place in place of the key',
    rule: 'a revoke never ends the key that took its place',
    law: slotsIssuerLaw,
    given: { lifecycle: 'slots' },
    change: (issuer) => ({
      ...issuer,
      revoke: async ({ ref }, call) => {
        const place = ref?.id.split('@')[0] ?? ''
        const there = (await issuer.list(call)).find(({ id }) => id.startsWith(place))
        return issuer.revoke({ ref: there ?? { id: '' } }, call)
      },
    }),
  },
  {
    what: 'a guess at the place that is in use',
    rule: 'without the key in use, no place is regenerated',
    law: slotsIssuerLaw,
    given: { lifecycle: 'slots' },
    change: (issuer) => ({
      ...issuer,
      issue: async (request, call) =>
        issuer.issue({ ...request, current: { ref: (await issuer.list(call))[0] ?? { id: '' } } }, call),
    }),
  },
  {
    what: 'a regenerated place that is in use',
    rule: 'a new key goes to the place that is not in use',
    law: slotsIssuerLaw,
    given: { lifecycle: 'slots' },
    change: (issuer) => ({
      ...issuer,
      issue: async (request, call) => {
        const listed = await issuer.list(call)
        const other = listed.find(({ id }) => id !== request.current?.ref?.id)
        return issuer.issue({ ...request, current: { ref: other ?? { id: '' } } }, call)
      },
    }),
  },
  {
    what: 'an id that is the value',
    rule: 'no id, name or fingerprint contains a secret of the key or of the adapter',
    law: keyIssuerLaw,
    given: {},
    change: (issuer) => ({
      ...issuer,
      issue: async (request, call) => {
        const { material, ref } = await issuer.issue(request, call)
        return { material, ref: { ...ref, name: `token ${material.value?.expose()}` } }
      },
    }),
  },
  {
    what: 'a second revoke that ends another key',
    rule: 'revoking a key twice is a success or not_found, and revokes no other key',
    law: keyIssuerLaw,
    given: {},
    change: (issuer) => ({
      ...issuer,
      revoke: async (held, call) =>
        issuer.revoke(held, call).catch(async () => {
          const [other] = await issuer.list(call)
          if (other) await issuer.revoke({ ref: other }, call)
        }),
    }),
  },
]

test.each(broken)('the law finds $what', async ({ rule, law, given, change }) => {
  const found = law.find(({ name }) => name === rule)
  await found?.run(await makeMemoryFixture(given))
  await expect(found?.run(await makeMemoryFixture(given, change))).rejects.toMatchObject({
    name: 'AssertionError',
  })
})
