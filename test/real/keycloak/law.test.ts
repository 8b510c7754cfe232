import { afterAll, beforeAll, describe, test } from 'vitest'
import { type IssuerFixture, rollIssuerLaw } from '../../laws/key-issuer.ts'
import { makeKeycloak, makePlainKeycloak } from '../../shared/rigs/product/keycloak.ts'
import { makeLawFixture } from '../../shared/rigs/product/law-fixture.ts'

const realms = [
  ['with secret rotation: the old secret lives for two days', makeKeycloak],
  ['without it: the old secret dies at once', makePlainKeycloak],
] as const

describe.each(realms)("the law of rolls on a client's secret of a real Keycloak, %s", (_, makeProduct) => {
  let fixture: IssuerFixture
  beforeAll(async () => {
    fixture = await makeLawFixture(await makeProduct())
  })
  afterAll(() => fixture.close?.())

  for (const rule of rollIssuerLaw) test(rule.name, () => rule.run(fixture))
})
