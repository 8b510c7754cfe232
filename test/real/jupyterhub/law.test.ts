import { afterAll, beforeAll, describe, test } from 'vitest'
import { type IssuerFixture, keyIssuerLaw } from '../../laws/key-issuer.ts'
import { makeHub } from '../../shared/rigs/product/jupyterhub.ts'
import { makeLawFixture } from '../../shared/rigs/product/law-fixture.ts'

let fixture: IssuerFixture

beforeAll(async () => {
  fixture = await makeLawFixture(await makeHub())
})
afterAll(() => fixture.close?.())

describe('the law of key issuers on a real JupyterHub, described in YAML alone', () => {
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})
