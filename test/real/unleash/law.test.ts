import { afterAll, beforeAll, describe, test } from 'vitest'
import { type IssuerFixture, keyIssuerLaw } from '../../laws/key-issuer.ts'
import { makeLawFixture } from '../../shared/rigs/product/law-fixture.ts'
import { makeUnleash } from '../../shared/rigs/product/unleash.ts'

let fixture: IssuerFixture

beforeAll(async () => {
  fixture = await makeLawFixture(await makeUnleash())
})
afterAll(() => fixture.close?.())

describe('the law of key issuers on API tokens of a real Unleash, described in YAML alone', () => {
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})
