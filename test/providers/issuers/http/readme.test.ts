/* Issuer `http`: the examples of its page pass the law against stand-ins of the services. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { ApiIssuer } from '../../../../src/contracts/key-issuer.ts'
import { type IssuerFault, type IssuerFixture, keyIssuerLaw } from '../../../laws/key-issuer.ts'
import { adminToken, type StandIn, startStandIn } from './vendors.ts'

/** The examples on the provider's page. */
function readExamples(): Record<string, Record<string, unknown>> {
  const page = readFileSync(new URL('../../../../providers/issuers/http/README.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text).issuers)
  return Object.assign({}, ...blocks)
}

const examples = readExamples()
const folder = mkdtempSync(join(tmpdir(), 'keyrota-http-readme-'))
const tokenFile = join(folder, 'token')
const variables = ['OPENROUTER_MANAGEMENT_KEY', 'MISTRAL_ADMIN_KEY', 'JUPYTERHUB_ADMIN_TOKEN']

beforeAll(() => {
  writeFileSync(tokenFile, `${adminToken}\n`)
  for (const name of variables) process.env[name] = adminToken
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  for (const name of variables) delete process.env[name]
})

function withoutType(name: string): object {
  const { type: _type, ...described } = examples[name] ?? {}
  return described
}

/** The example with the stand-in's address instead of the real one. Only waits are changed otherwise. */
function makeFrom(name: string, url: string): ApiIssuer {
  const text = JSON.stringify({ ...withoutType(name), base: url, settle: '0s' })
  const given = JSON.parse(text.replace('/run/secrets/sendgrid-admin', tokenFile))
  return make(options.parse(given), { name, stateFolder: folder }) as ApiIssuer
}

/** What is held to the law against the product itself, in test/real. */
const real = ['approle', 'jupyterhub', 'keycloak', 'unleash']

test('the page shows the examples, and each can be read', () => {
  expect(Object.keys(examples).sort()).toEqual([...real, 'mistral', 'openrouter', 'sendgrid'].sort())
  for (const name of real) expect(options.safeParse(withoutType(name)).error).toBeUndefined()
})

describe.each(['openrouter', 'mistral', 'sendgrid', 'jupyterhub'])('%s, as the page describes it', (name) => {
  let standIn: StandIn
  let fixture: IssuerFixture
  beforeAll(async () => {
    standIn = await startStandIn(name)
    const issuer = makeFrom(name, standIn.url)
    fixture = {
      issuer,
      reportsRetryAfter: true,
      credentials: [adminToken],
      liveIds: async () => [...standIn.keys.keys()],
      requestCount: async () => standIn.requests,
      settle: async () => {},
      fault: async (kind: IssuerFault) => {
        standIn.trouble = kind
        const undo = async () => {
          standIn.trouble = 'none'
        }
        return { issuer, undo }
      },
    }
  })
  afterAll(() => standIn.close())

  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})

test('the hundredth key of SendGrid is quota, though a missing permission has the same status', async () => {
  const standIn = await startStandIn('sendgrid')
  const issuer = makeFrom('sendgrid', standIn.url)
  for (let n = 0; n < 100; n++)
    standIn.keys.set(`${n}`, { id: `${n}`, name: '', value: '', disabled: false, expires: null })
  const call = { signal: AbortSignal.timeout(5000), beforeSend: () => {} }
  const failure = issuer.issue({ name: 'keyrota-a-b', mark: 'b', seen: [] }, call)
  await expect(failure).rejects.toMatchObject({ code: 'quota', effect: 'none' })
  standIn.close()
})
