import { afterAll, beforeAll, describe, test } from 'vitest'
import { type IssuerFixture, keyIssuerLaw } from '../../laws/key-issuer.ts'
import { makeAppRole } from '../../shared/rigs/product/approle.ts'
import { makeLawFixture } from '../../shared/rigs/product/law-fixture.ts'

let fixture: IssuerFixture

beforeAll(async () => {
  fixture = await makeLawFixture(await makeAppRole())
})
afterAll(() => fixture.close?.())

describe('the law of key issuers on secret ids of a real OpenBao, described in YAML alone', () => {
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})
