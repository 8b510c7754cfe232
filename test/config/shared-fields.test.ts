import { describe, expect, it } from 'vitest'
import { head, key, problemsOf } from './load-text.ts'

/** A config with these keys, each the usual one with something put in front or replaced. */
function withKeys(keys: Record<string, string>, more = ''): string {
  return `${head}${more}keys:\n${Object.entries(keys)
    .map(([name, text]) => `  ${name}: ${text}\n`)
    .join('')}`
}

function keyWith(fields: string): string {
  return key.replace('{ ', `{ ${fields}, `)
}

function keyAt(target: string): string {
  return key.replace(/targets: .*\]/, `targets: [${target}]`)
}

describe('two targets that write the same field', () => {
  it.each([
    ['of two keys', '{ store: aws, secret: s, field: F }', '{ store: aws, secret: s, field: F }', 'field'],
    [
      'of stores with other names',
      '{ store: aws, secret: s, field: F }',
      '{ store: aws2, secret: s, field: F }',
      'field',
    ],
    [
      'by another spelling of a path',
      '{ store: dotenv, secret: .env, field: F }',
      '{ store: dotenv, secret: ./x/../.env, field: F }',
      'field',
    ],
    [
      'as one part of several',
      '{ store: aws, secret: s, field: F }',
      '{ store: aws, secret: s, fields: { a: E, b: F } }',
      'fields',
    ],
    ['as the whole secret', '{ store: aws, secret: s, field: F }', '{ store: aws, secret: s }', 'secret'],
    ['inside a whole secret', '{ store: aws, secret: s }', '{ store: aws, secret: s, field: F }', 'field'],
  ])('are refused: %s', async (_, first, second, field) => {
    const text = withKeys({ a: keyAt(first), b: keyAt(second) }).replace(
      '  dotenv',
      '  aws2: { type: cloud }\n  dotenv',
    )
    const problems = await problemsOf(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`keys.b.targets[0].${field}: the key \`a\` writes the same field`)
  })

  it('are refused within one key too', async () => {
    const twice = '{ store: aws, secret: s, field: F }, { store: aws, secret: s, field: F }'
    expect(await problemsOf(withKeys({ a: keyAt(twice) }))).toEqual([
      expect.stringContaining('keys.a.targets[1].field: another target of this key writes the same field'),
    ])
  })

  it('may be two fields of one secret, or one name in two stores', async () => {
    const keys = {
      a: keyAt('{ store: aws, secret: s, field: F }'),
      b: keyAt('{ store: aws, secret: s, field: G }'),
      c: keyAt('{ store: far, secret: s, field: F }'),
    }
    const text = withKeys(keys).replace('  dotenv', '  far: { type: cloud, region: far }\n  dotenv')
    expect(await problemsOf(text)).toEqual([])
  })
})

describe('a policy whose fields do not go together', () => {
  it.each([
    ['lease: 20s', 'lease: is not longer than `callLimit` | more than 20s'],
    ['every: 24h', 'every: is not longer than `overlap` | more than 1d'],
    ['askBefore: 90d', 'every: is not longer than `askBefore` | more than 90d'],
    ['retryMin: 1h', 'retryMin: is longer than `retryMax` | at most 15m'],
    [
      'settle: 24h',
      'giveUp: is not longer than `settle`, so a rotation would give up before it has a verdict | more than 1d',
    ],
    ['every: 60d, expiresAfter: 60d', 'every: 3 retry cycles before the key expires need 6d | at most 54d'],
    [
      'expiresAfter: 5d',
      'expiresAfter: 3 retry cycles before the key expires need 6d | a later expiry, or a shorter `giveUp`',
    ],
    [
      'window: { cron: "0 2 1 1 *", for: 1h }',
      'window: stays closed for longer than `every` | an opening at least every 90d',
    ],
    ['window: { cron: "0 2 31 2 *", for: 1h }', 'window.cron: matches no date that exists | minute, hour'],
    ['window: { cron: "2026-12-01T00:00:00", for: 1h }', 'window.cron: is not a cron pattern | minute, hour'],
    ['window: { cron: "0 2 * * mon-", for: 1h }', 'window.cron: is not a cron pattern | minute, hour'],
    [
      'window: { cron: "0 2 * * *", for: 1h, timeZone: Mars/Base }',
      'window.timeZone: is not a time zone | an IANA',
    ],
    ['every: 0s', 'every: is not valid | a duration greater than zero'],
    ['every: 4000d', 'every: is not valid | a duration of at most ten years'],
  ])('is refused: %s', async (fields, told) => {
    const problems = await problemsOf(withKeys({ a: keyWith(fields) }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`keys.a.${told}`)
  })

  it('counts the wait for a window into the retry cycles', async () => {
    const fields = 'every: 60d, expiresAfter: 70d, giveUp: 1h'
    expect(await problemsOf(withKeys({ a: keyWith(fields) }))).toEqual([])
    const weekly = `${fields}, window: { cron: "0 2 * * 1", for: 1h }`
    const problems = await problemsOf(withKeys({ a: keyWith(weekly) }))
    expect(problems.join()).toContain('3 retry cycles before the key expires need 507h')
  })

  it('is blamed on `defaults`, once, where they said it', async () => {
    const problems = await problemsOf(
      withKeys({ a: key, b: keyAt('{ store: aws, secret: t }') }, 'defaults: { lease: 1s }\n'),
    )
    expect(problems).toEqual(['9:20 defaults.lease: is not longer than `callLimit` | more than 20s | -'])
  })
})

describe('an issuer', () => {
  const rolling = (text: string) => text.replace('type: rest,', 'type: rest, lifecycle: roll,')

  it('that ends the old key at once is refused, unless the outage is accepted', async () => {
    expect(await problemsOf(rolling(withKeys({ a: key })))).toEqual([
      expect.stringContaining('keys.a.issuer'),
    ])
    expect(await problemsOf(rolling(withKeys({ a: keyWith('allowOutage: true') })))).toEqual([])
    const kind = rolling(withKeys({ a: key })).replace('type: rest,', 'type: rest, oldKeyOnIssue: lives,')
    expect(await problemsOf(kind)).toEqual([])
  })

  it('with two slots has one key', async () => {
    const other = keyAt('{ store: aws, secret: t }')
    const text = withKeys({ a: key, b: other }).replace('type: rest,', 'type: rest, lifecycle: slots,')
    expect(await problemsOf(text)).toEqual([expect.stringContaining('keys.b.issuer')])
  })

  it('whose key is replaced in place has one key', async () => {
    const other = keyAt('{ store: aws, secret: t }')
    const text = withKeys({ a: key, b: other }).replace(
      'type: rest,',
      'type: rest, lifecycle: roll, oldKeyOnIssue: lives,',
    )
    expect(await problemsOf(text)).toEqual([expect.stringContaining('keys.b.issuer')])
  })

  it('whose new keys are told by the list alone has one key', async () => {
    const other = keyAt('{ store: aws, secret: t }')
    const shared = (options: string) =>
      problemsOf(withKeys({ a: key, b: other }).replace('type: rest,', `type: rest, ${options},`))
    expect(await shared('exclusive: true')).toEqual([])
    expect(await shared('exclusive: true, idempotency: none')).toEqual([
      expect.stringContaining('keys.b.issuer: `exclusive` means that every new key in this account'),
    ])
  })
})

describe('words and names', () => {
  it('must have one spelling', async () => {
    const other = keyAt('{ store: aws, secret: t }').replace(
      'environment: production',
      'environment: Production',
    )
    expect(await problemsOf(withKeys({ a: key, b: other }))).toEqual([
      expect.stringMatching(
        /keys\.b\.environment: is spelled differently in an earlier key \| - \| production$/,
      ),
    ])
  })

  it("must be addresses of their stores, in the store's own words", async () => {
    expect(await problemsOf(withKeys({ a: keyAt('{ store: aws, secret: PROD, field: F }') }))).toEqual([
      expect.stringContaining('targets[0].secret: the secret must be named with lower case letters'),
    ])
  })

  it('must not be called what JavaScript calls its own', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      expect(await problemsOf(withKeys({ [name]: key }))).toEqual([
        '10:3 : this name is not allowed in a config | - | -',
      ])
    }
  })
})
