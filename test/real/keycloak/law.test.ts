import { afterAll, beforeAll, describe, test } from 'vitest'
import { type IssuerFixture, rollIssuerLaw } from '../../laws/key-issuer.ts'
import { makeKeycloak } from '../../shared/rigs/product/keycloak.ts'
import { makeLawFixture } from '../../shared/rigs/product/law-fixture.ts'

let fixture: IssuerFixture

beforeAll(async () => {
  fixture = await makeLawFixture(await makeKeycloak())
})
afterAll(() => fixture.close?.())

describe("the law of rolls on a client's secret of a real Keycloak, described in YAML alone", () => {
  for (const rule of rollIssuerLaw) test(rule.name, () => rule.run(fixture))
})
