import { describe, expect, test } from 'vitest'
import * as aws from '../../providers/stores/aws-secrets-manager/options.ts'
import * as azure from '../../providers/stores/azure-key-vault/options.ts'
import * as gcp from '../../providers/stores/gcp-secret-manager/options.ts'
import type { OptionsModule } from '../../src/contracts/provider-entry.ts'
import { publishedLimitsOf } from '../../src/contracts/published-limits.ts'
import { head, key, load, problemsOf } from './load-text.ts'

const withLimits = (limits: string) =>
  `${head.replace('{ type: cloud }', `{ type: cloud, rateLimits: ${limits} }`)}keys: { web: ${key} }\n`

describe('rateLimits', () => {
  test.each([
    ['50/s', { calls: 50, perMs: 1_000 }],
    ['600/m', { calls: 600, perMs: 60_000 }],
    ['300/10s', { calls: 300, perMs: 10_000 }],
    ['1/h', { calls: 1, perMs: 3_600_000 }],
    ['none', null],
  ])('%s is read', async (text, expected) => {
    const config = await load(withLimits(`{ writes: ${text} }`))
    expect(config.stores.aws?.rateLimits).toEqual({ writes: expected })
    expect(config.stores.dotenv).not.toHaveProperty('rateLimits')
    expect(config.stores.aws?.options).not.toHaveProperty('rateLimits')
  })

  test.each([
    '50',
    '50/d',
    '0/s',
    '-1/s',
    '1.5/s',
    '50/0s',
    '50 /s',
    '/s',
    'unlimited',
    '99999999/s',
    'true',
    '[]',
  ])('%s is refused', async (text) => {
    const problems = await problemsOf(withLimits(`{ writes: ${text} }`))
    expect(problems).toEqual([
      expect.stringMatching(/^5:\d+ stores\.aws\.rateLimits\.writes: .*calls per time such as 50\/s/),
    ])
  })

  test('a class that the provider does not count is refused with those it does', async () => {
    expect(await problemsOf(withLimits('{ write: 5/s }'))).toEqual([
      expect.stringMatching(
        /stores\.aws\.rateLimits\.write: .*not counted there \| one of reads, writes \| writes/,
      ),
    ])
  })

  test('where nothing is counted the field is unknown', async () => {
    const text = withLimits('{}').replace('type: page,', 'type: page, rateLimits: { reads: 1/s },')
    expect(await problemsOf(text)).toEqual([
      expect.stringContaining('consumers.renderer.rateLimits: unknown'),
    ])
  })
})

describe('published limits', () => {
  const limitsOf = (module: OptionsModule, options: object) =>
    publishedLimitsOf({ kind: 'stores', name: 'cloud', module, options: module.options.parse(options) })
  const perSecond = ({ classes }: ReturnType<typeof limitsOf>) =>
    Object.fromEntries(
      Object.entries(classes).map(([name, rate]) => [name, rate && (rate.calls * 1_000) / rate.perMs]),
    )

  test('are those of the services', () => {
    expect(perSecond(limitsOf(aws, { region: 'eu-central-1' }))).toEqual({ writes: 50, reads: 10_000 })
    expect(perSecond(limitsOf(gcp, { project: 'my-project' }))).toEqual({
      writes: 10,
      reads: 10,
      accesses: 1_500,
    })
    expect(perSecond(limitsOf(azure, { vault: 'https://a.vault.azure.net' }))).toEqual({
      ...{ writes: 30, transactions: 400 },
    })
  })

  test('count by account: stores of one share them, and no others do', () => {
    const account = (more: object) => limitsOf(aws, { region: 'eu-central-1', ...more }).account
    expect(account({ account: '123456789012' })).toBe(account({ account: '123456789012', settle: '9s' }))
    const all = [{}, { account: '123456789012' }, { region: 'eu-west-1' }, { profile: 'other' }].map(account)
    expect(new Set(all).size).toBe(all.length)
    expect(limitsOf(azure, { vault: 'https://A.vault.azure.net/' }).account).toBe(
      limitsOf(azure, { vault: 'https://a.vault.azure.net' }).account,
    )
  })

  test.each([
    ['aws', aws, { region: 'eu-central-1' }],
    ['gcp', gcp, { project: 'my-project' }],
    ['azure', azure, { vault: 'https://a.vault.azure.net' }],
  ])('of %s: every verb costs something of a class that has a limit', (_name, module, options) => {
    const limits = limitsOf(module, options)
    for (const verb of ['check', 'read', 'write', 'retire']) {
      const costs = limits.costs(verb)
      expect(costs.length, verb).toBeGreaterThan(0)
      for (const { class: name, calls } of costs) {
        expect(limits.classes, verb).toHaveProperty(name)
        expect(calls).toBeGreaterThan(0)
      }
    }
    // What is refused is what is scarce.
    expect(limits.costs('write')[0]?.class).toBe('writes')
    expect(limits.costs('unheard-of')).toEqual([])
  })
})
