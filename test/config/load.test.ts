import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/contracts/config.ts'
import { head, key, load, problemsOf } from './load-text.ts'
import { imported } from './tiny-providers.ts'

const DAY = 86_400_000

describe('a right config', () => {
  it('has every default filled in', async () => {
    const config = await load(`${head}keys:\n  renderer-prod: ${key}\n`)
    expect(config).toMatchObject({
      file: '/etc/keyrota/keyrota.yaml',
      installation: 'k7f3',
      stateFolder: '/home/ada/.local/state/keyrota/k7f3',
      journal: { type: 'sqlite', options: {} },
      limits: { atOnce: 4, perRun: 25, perDay: 100 },
      stores: { aws: { type: 'cloud', options: { region: 'near' } } },
    })
    expect(config.keys['renderer-prod']).toMatchObject({
      name: 'renderer-prod',
      targets: [{ id: 'aws/prod/renderer#API_KEY', store: 'aws', fields: { value: 'API_KEY' } }],
      policy: { everyMs: 90 * DAY, overlapMs: DAY, confirmations: 3, callLimitMs: 20_000, giveUpMs: DAY },
      leaseMs: 60_000,
      lookEveryMs: 21_600_000,
      observe: false,
    })
    expect(config.keys['renderer-prod']?.policy).not.toHaveProperty('quietForMs')
  })

  it('takes from the key what it says, else from `defaults`', async () => {
    const defaults =
      'defaults: { every: 30d, settle: 2m, quietFor: 1h, window: { cron: "0 2 * * 1", for: 3h } }\n'
    const own = key.replace('{ ', '{ every: 2w, expiresAfter: 90d, giveUp: 1h, ')
    const config = await load(`${head}${defaults}keys:\n  a: ${own}\n`)
    expect(config.keys.a).toMatchObject({
      policy: { everyMs: 14 * DAY, quietForMs: 3_600_000 },
      settleMs: 120_000,
      expiresAfterMs: 90 * DAY,
      window: { cron: '0 2 * * 1', forMs: 3 * 3_600_000, timeZone: 'UTC', longestGapMs: 7 * DAY },
    })
  })

  it('names a target as it is written, and a file by its absolute path', async () => {
    const targets =
      'targets: [{ store: dotenv, secret: ../app/.env, fields: { user: U, password: P } }, { store: aws, secret: whole }]'
    const config = await load(`${head}keys:\n  a: ${key.replace(/targets: .*\]/, targets)}\n`)
    expect(config.keys.a?.targets).toEqual([
      {
        id: 'dotenv/../app/.env#U+P',
        store: 'dotenv',
        secret: '/etc/app/.env',
        fields: { user: 'U', password: 'P' },
      },
      { id: 'aws/whole', store: 'aws', secret: 'whole', fields: { value: null } },
    ])
  })

  it('takes a template for a field, and refuses one that cannot be read back', async () => {
    const templated = (target: string) =>
      load(`${head}keys: { app: ${key.replace(/targets: .*\] \}$/, `targets: [${target}] }`)} }`)
    const config = await templated(`{ store: aws, secret: s, field: F, template: "{{ key }}:{{ secret }}" }`)
    expect(config.keys.app?.targets[0]).toMatchObject({
      fields: { value: 'F' },
      template: '{{ key }}:{{ secret }}',
    })
    await expect(
      templated(`{ store: aws, secret: s, field: F, template: "{{ a }}{{ b }}" }`),
    ).rejects.toThrow('text between two parts')
    await expect(
      templated(`{ store: aws, secret: s, fields: { a: F }, template: "{{ a }}" }`),
    ).rejects.toThrow('cannot be combined with `fields`')
  })

  it('imports the options of the providers it names, and nothing else', async () => {
    imported.length = 0
    await load(`${head}keys:\n  a: ${key}\n`)
    expect(imported.toSorted()).toEqual(['cloud', 'file', 'page', 'rest', 'sqlite'])
  })
})

describe('a wrong config', () => {
  it('reports everything at once: each problem with its place, what is expected and what was probably meant', async () => {
    const text = `instalation: k7f3
installation: K7
issuers:
  api: { type: rest, base: http://api.example.com, lifecycle: rol }
  other: { type: rests }
stores:
  aws: { type: cloud, regoin: eu }
  aws: { type: cloud }
defaults: { every: 90, overlap: 1x, window: { cron: "0 2 * * 1", for: 3h, timeZone: Europe/Berlinn } }
keys:
  renderer_prod: ${key}
  b:
    environment: production
    service: renderer
    isuer: api
    targets:
      - { store: awss, secret: prod/b }
      - { store: aws, field: x }
    consumers: [nobody]
    lease: 10s
`
    const duration = 'a duration: a whole number and one of ms, s, m, h, d, w, such as 30s, 24h or 90d'
    const label =
      'lower case letters, digits and dashes, at most 63, beginning and ending with a letter or digit'
    expect(await problemsOf(text)).toEqual([
      '1:1 instalation: unknown field | - | installation',
      '2:15 installation: is not valid | 2 to 8 lower case letters and digits | -',
      '4:28 issuers.api.base: is not valid | an https URL without user, query and fragment (plain http to this machine only) | -',
      '4:63 issuers.api.lifecycle: is not valid | one of many, slots, roll | roll',
      '5:18 issuers.other.type: no issuer of this type exists | one of rest, dashboard | rest',
      '7:23 stores.aws.regoin: unknown field | - | region',
      '8:3 : duplicate name in this map; the first one is used | - | -',
      `9:20 defaults.every: is a number | ${duration} | -`,
      `9:33 defaults.overlap: is not valid | ${duration} | -`,
      '9:85 defaults.window.timeZone: is not a time zone | an IANA name such as Europe/Berlin | -',
      `11:3 keys.renderer_prod: this name is not allowed here | ${label} | -`,
      '12:3 keys.b.owner: is missing | who is responsible for it | -',
      '12:3 keys.b.issuer: is missing | name of an issuer | -',
      '15:5 keys.b.isuer: unknown field | - | issuer',
      '17:18 keys.b.targets[0].store: no store has this name | aws | aws',
      '18:9 keys.b.targets[1].secret: is missing | name of the secret as the store spells it, or path of a file | -',
      '19:17 keys.b.consumers[0]: no consumer has this name | a name declared under consumers, which is empty | -',
      '20:12 keys.b.lease: is not longer than `callLimit` | more than 20s | -',
    ])
  })

  it('says so to people as well', async () => {
    const refused = await load(`${head}keys: {}\nnotifers: {}\n`).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConfigError)
    expect((refused as ConfigError).format()).toBe(
      '/etc/keyrota/keyrota.yaml:10:1 notifers: unknown field\n  did you mean: notifiers\n1 problem in the config\n',
    )
  })

  it('is one that is empty, too long, or no map', async () => {
    expect((await problemsOf(''))[0]).toBe('1:1 : is empty | a map of fields | -')
    expect((await problemsOf('- a'))[0]).toBe('1:1 : is a list | a map of fields | -')
    expect(await problemsOf(`# ${'x'.repeat(4 * 1024 * 1024)}`)).toEqual([
      '1:1 : the config is longer than 4 MiB | - | -',
    ])
  })
})

describe('a value at the wrong place', () => {
  const secret = 'sk-live-3f9a8b7c6d5e4f3a2b1c'

  it.each([
    ['inline, where a secret is named', `token: ${secret}`],
    ['as an alias', `token: *${secret}`],
    ['as a tag', `token: !${secret} x`],
    ['as an anchor', `token: &${secret} x`],
    ['as a field of the source', `token: { ${secret}: x }`],
    ['after a forgotten blank', `token:${secret}`],
    ['in an unclosed quote', `token: "${secret}`],
    ['after a quote', `token: "x"${secret}`],
    ['where one of a few words is expected', `lifecycle: ${secret}`],
    ['in a URL', `base: https://${secret}@api.example.com`],
  ])('is never repeated: %s', async (_, field) => {
    const text = head.replace('type: rest,', `type: rest, ${field},`)
    const refused = await load(`${text}keys: {}\n`).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConfigError)
    const told = `${(refused as ConfigError).format()}${JSON.stringify(refused)}${(refused as ConfigError).stack}`
    expect(told).not.toContain(secret)
  })

  it('gets a clear word when it is a secret', async () => {
    const text = head.replace('type: rest,', `type: rest, token: ${secret},`)
    expect(await problemsOf(`${text}keys: {}\n`)).toEqual([
      '3:29 issuers.api.token: a secret never belongs in the config itself: write { env: NAME }, { file: path } or { credential: NAME } | - | -',
    ])
  })
})
