import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { material, SecretValue } from '../../src/contracts/secret-value.ts'
import {
  canBeKey,
  describeShape,
  explainUnusable,
  findShape,
  isNothing,
  isResolvedElsewhere,
  shapeOf,
  type ValueShape,
} from '../../src/contracts/value-shape.ts'

const KEY = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'

const shaped: Record<ValueShape, string[]> = {
  reference: [
    `\${BASE}`,
    `\${BASE:-fallback}`,
    `"\${BASE}"`,
    `prefix-\${BASE}`,
    '$API_KEY',
    '$$API_KEY',
    '%API_KEY%',
    '$(cat /run/secrets/key)',
    '$(API_KEY)',
    '{{ .Values.apiKey }}',
    `\${{ secrets.API_KEY }}`,
    '{{resolve:secretsmanager:app:SecretString:key}}',
    '<%= ENV["API_KEY"] %>',
    '#{ApiKey}',
    '__API_KEY__',
    'op://vault/item/field',
    'vault:secret/data/app#key',
    'vault://secret/app',
    'ref+awsssm://app/key',
    'awssm://app/key',
    'env:API_KEY',
    'file:/run/secrets/key',
    'ssm:/app/key',
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app',
    'projects/1234/secrets/app/versions/latest',
    'https://team.vault.azure.net/secrets/app',
    '@Microsoft.KeyVault(SecretUri=https://team.vault.azure.net/secrets/app)',
    '!secret api_key',
    '@/run/secrets/key',
  ],
  encrypted: [
    'ENC[AES256_GCM,data:4Tk=,iv:x,tag:y,type:str]',
    'ENC(Zm9vYmFyYmF6cXV4)',
    '{cipher}9e2d7a4f6c',
    'encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt',
    '$ANSIBLE_VAULT;1.1;AES256\n3061',
    'vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==',
    '-----BEGIN PGP MESSAGE-----\nabc',
    'AQICAHhQ0pX8V8Wk3a0mQF7d1u3Yk2b9zZ0eXxQ1',
  ],
  placeholder: [
    'changeme',
    'change-me-please',
    'REPLACE_ME',
    'REPLACE_WITH_YOUR_KEY',
    '<your key>',
    '[insert key]',
    '{API_KEY}',
    'your-api-key',
    'YOUR_API_KEY_HERE',
    'sk-your-key-goes-here',
    'xxxxxxxxxxxxxxxxxxxx',
    'sk-xxxxxxxxxxxxxxxx',
    'xxxxxxxx-xxxx-xxxx-xxxx',
    '00000000000000000000',
    'tbd',
    'dummy',
    'my-secret-token',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  ],
  masked: [
    'sk_live_****************',
    '••••••••••••••••',
    'sk_live_4eC39...zdp7dc',
    'sk_live_4eC39HqLyjWDa…',
  ],
  'invisible-characters': [`\ufeff${KEY}`, `${KEY}\0`, `sk_\u200blive_4eC39HqLyjWDarjtT`, `${KEY}\ud800`],
  'too-short': ['hunter2', 'a1b2c3d4e5f6a7b'],
  quoted: [`"${KEY}"`, `'${KEY}'`, `\`${KEY}\``],
  padded: [`${KEY}\n`, ` ${KEY}`, `${KEY}\r\n`],
  pem: [`-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----\n`],
  json: [`{"apiKey":"${KEY}"}`, `[{"key":"${KEY}"}]`],
  path: ['/run/secrets/api-key', './secrets/api-key.txt', 'C:\\secrets\\key.txt'],
  base64: [Buffer.from(KEY).toString('base64'), Buffer.from(`${KEY}\n`).toString('base64')],
  spaced: [`${KEY} # mine`],
}

describe('a value that stands in the place of a key is known by its shape', () => {
  for (const [shape, values] of Object.entries(shaped))
    for (const value of values)
      test(`${shape}: ${JSON.stringify(value).slice(0, 40)}`, () => {
        expect(isNothing(value)).toBe(false)
        expect(shapeOf(new SecretValue(value))).toBe(shape)
      })
})

const keys = [
  KEY,
  'AKIA2E0A8F3B244C9986',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  '3f29b1de7a4c4f0e9b6d2c81a5e7f093',
  'b8a9f715-dbb6-4d5c-92a3-40f5e9ae6b1c',
  'hvs.CAESIJlU9JMYEhOPYv4igdhm9PnZDrabYTobQ4Ymnlq1qY-LGh4KHGh2cy43OVRNMnZh',
  'wJalr+XUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKx',
  '/wJalr+XUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKx=',
  'pa$$w0rd-that-is-long-enough',
  'https://hooks.example.test/services/T000/B000/4eC39HqLyjWD',
  'postgres://app:4eC39HqLyjWD@db.example.test/app',
]
for (const key of keys)
  test(`a key has no shape that refuses it: ${key.slice(0, 14)}`, () => {
    expect(canBeKey(shapeOf(new SecretValue(key)))).toBe(true)
    expect(explainUnusable(material({ value: key }), { pasted: true })).toBeNull()
  })

test('random keys have no shape', () => {
  const alphabet = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')
  fc.assert(
    fc.property(fc.string({ unit: alphabet, minLength: 24, maxLength: 64 }), (key) => {
      fc.pre(new Set(key).size > 8)
      expect(shapeOf(new SecretValue(key))).toBeNull()
    }),
    { numRuns: 2000 },
  )
})

const nothings = [
  '',
  ' ',
  '\n',
  '\t\r\n',
  '\0',
  '\ufeff',
  '\u200b',
  'null',
  'NULL',
  'undefined',
  'None',
  'nil',
  'NaN',
]
for (const nothing of [...nothings, '[object Object]', '<no value>', '""', "''", '" "', '"null"', ' null\n'])
  test(`no value at all: ${JSON.stringify(nothing)}`, () => {
    expect(isNothing(nothing)).toBe(true)
    expect(explainUnusable(material({ value: nothing }), { pasted: false })?.says).toBe('is empty')
  })

test('the part that cannot be a key is found beside one that only may be none', () => {
  expect(findShape(material({ a: `"${KEY}"`, b: `\${BASE}` }))).toEqual({ part: 'b', shape: 'reference' })
  expect(findShape(material({ a: KEY, b: KEY }))).toBeNull()
})

test('what a person pastes with quotes or white space is refused; an issuer may return it', () => {
  for (const slip of [`"${KEY}"`, `${KEY}\n`, `${KEY} ${KEY}`]) {
    expect(explainUnusable(material({ value: slip }), { pasted: true })).not.toBeNull()
    expect(explainUnusable(material({ value: slip }), { pasted: false })).toBeNull()
  }
})

test('only what another program resolves is never written over, and words never show the value', () => {
  expect(isResolvedElsewhere('encrypted') && isResolvedElsewhere('reference')).toBe(true)
  expect(isResolvedElsewhere('placeholder') || isResolvedElsewhere(null)).toBe(false)
  for (const [shape, values] of Object.entries(shaped))
    for (const value of values) expect(describeShape(shape as ValueShape)).not.toContain(value)
})
