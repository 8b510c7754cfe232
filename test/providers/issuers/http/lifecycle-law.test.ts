/* Issuer `http`, held to the law of each lifecycle against stand-ins; `many` and a real `roll` are in test/real too. */

import { afterAll, beforeAll, describe, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import {
  type IssuerFixture,
  type IssuerRule,
  keyIssuerLaw,
  rollIssuerLaw,
  slotsIssuerLaw,
} from '../../../laws/key-issuer.ts'
import { makeLawFixture } from '../../../shared/rigs/product/law-fixture.ts'
import { startRoll, startSelf, startSlots } from '../../../shared/stand-ins/lifecycles/products.ts'
import { call } from './service.ts'

async function makeSlots(): Promise<IssuerFixture> {
  const product = await startSlots()
  const fixture = await makeLawFixture(product)
  const inUse = material({ value: await product.makeKey() })
  const ref = await fixture.issuer.identify?.(inUse, call())
  if (ref === undefined) throw new Error('the key in use is not identified')
  return Object.assign(fixture, { inUse: { ref, material: inUse } })
}

async function makeRoll(oldKeyOnIssue: Parameters<typeof startRoll>[0]): Promise<IssuerFixture> {
  const product = await startRoll(oldKeyOnIssue)
  return { ...(await makeLawFixture(product)), passOverlap: async () => product.endPrevious() }
}

const lifecycles: readonly [string, readonly IssuerRule[], () => Promise<IssuerFixture>][] = [
  ['self', keyIssuerLaw, async () => makeLawFixture(await startSelf())],
  ['slots', slotsIssuerLaw, makeSlots],
  ['roll, the old key dies at once', rollIssuerLaw, () => makeRoll('dies')],
  ['roll, the old key dies later', rollIssuerLaw, () => makeRoll({ diesAfter: '24h' })],
  ['roll, the old key lives until its overlap is ended', rollIssuerLaw, () => makeRoll('lives')],
]

describe.each(lifecycles)('%s', (_, law, makeFixture) => {
  let fixture: IssuerFixture
  beforeAll(async () => {
    fixture = await makeFixture()
  })
  afterAll(() => fixture.close?.())

  for (const rule of law) test(rule.name, () => rule.run(fixture))
})
