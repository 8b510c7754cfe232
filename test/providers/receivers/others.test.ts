/* GitGuardian, TruffleHog and the generic form. */

import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { make as makeGeneric } from '../../../providers/receivers/generic/index.ts'
import { options as genericOptions } from '../../../providers/receivers/generic/options.ts'
import { make as makeGitGuardian } from '../../../providers/receivers/gitguardian/index.ts'
import { options as gitGuardianOptions } from '../../../providers/receivers/gitguardian/options.ts'
import { make as makeTruffleHog } from '../../../providers/receivers/trufflehog/index.ts'
import { options as truffleHogOptions } from '../../../providers/receivers/trufflehog/options.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { machine } from '../../../src/machine.ts'

const TOKEN = 'a-token-of-more-than-sixteen-characters'
const context = { name: 'reports', stateFolder: '', ...machine }
const call = { signal: new AbortController().signal, beforeSend: () => undefined }
const AT = Date.parse('2026-11-27T12:00:00Z')

beforeEach(() => void vi.stubEnv('TOKEN', TOKEN))
afterEach(() => void vi.unstubAllEnvs())

const bearer = { authorization: `Bearer ${TOKEN}` }
const textsIn = (opened: unknown) =>
  (opened as { leaks: { texts: Buffer[] }[] }).leaks.map(({ texts }) => texts.map(String))

describe('generic', () => {
  const one = () => makeGeneric(genericOptions.parse({ bearer: { env: 'TOKEN' } }), context)
  const open = (body: unknown, headers: Record<string, string> = bearer) =>
    one().open(
      { headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), at: AT },
      call,
    )

  test('value and values are read, each once', async () => {
    expect(textsIn(await open({ value: 'a', values: ['a', 'b', 1, ''], url: 'https://x' }))).toEqual([
      ['a', 'b'],
    ])
  })

  test.each([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${TOKEN}x` }],
    ['a beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('%s is refused, whatever the body is', async (_, headers) => {
    expect(await open({ value: 'a' }, headers as never)).toMatchObject({ is: 'refused' })
    expect(await open('{', headers as never)).toMatchObject({ is: 'refused' })
  })

  test.each(['', '{', '[]', '"text"', 'null', '{}', '{"value":7}', '{"values":"a"}'])(
    'the body %j is not readable',
    async (body) => {
      expect(await open(body)).toMatchObject({ is: 'unreadable' })
    },
  )

  test('a token that can be guessed is refused as a setting', async () => {
    vi.stubEnv('TOKEN', 'short')
    await expect(open({ value: 'a' })).rejects.toMatchObject({ code: 'invalid' })
  })

  test.each([[{}], [{ bearer: { env: 'TOKEN' }, standardWebhooks: { env: 'TOKEN' } }]])(
    'one way to know the sender is configured: %j is not',
    (given) => {
      expect(genericOptions.safeParse(given).success).toBe(false)
    },
  )
})

describe('generic, signed as Standard Webhooks does', () => {
  // The example that its specification publishes.
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const example = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
  }
  const sentAt = 1_614_265_330_000
  const open = ({ headers, body }: typeof example, at: number) => {
    vi.stubEnv('TOKEN', SECRET)
    const one = makeGeneric(genericOptions.parse({ standardWebhooks: { env: 'TOKEN' } }), context)
    return one.open({ headers, body: Buffer.from(body), at }, call)
  }

  test('the published example is authentic, five minutes before and after', async () => {
    for (const at of [sentAt, sentAt + 299_000, sentAt - 299_000])
      expect(await open(example, at)).toMatchObject({ is: 'unreadable' })
    for (const at of [sentAt + 301_000, sentAt - 301_000])
      expect(await open(example, at)).toEqual({ is: 'refused', why: 'too old, or the clocks differ' })
  })

  test('one of several signatures is enough', async () => {
    const several = `v1a,xxx v1,AAAA ${example.headers['webhook-signature']}`
    const given = { ...example, headers: { ...example.headers, 'webhook-signature': several } }
    expect(await open(given, sentAt)).toMatchObject({ is: 'unreadable' })
  })

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
    'a changed %s is refused',
    async (name) => {
      const headers = { ...example.headers, [name]: `${example.headers[name]}1` }
      expect(await open({ ...example, headers }, sentAt)).toMatchObject({ is: 'refused' })
    },
  )
})

describe('trufflehog', () => {
  const line = {
    SourceMetadata: {
      Data: { Github: { link: 'https://github.com/x/y/blob/1/f#L3', email: 'ada@example.com' } },
    },
    DetectorName: 'CustomRegex',
    Raw: 'first',
    RawV2: 'first:second',
  }
  const open = (body: string, headers: Record<string, string> = bearer) =>
    makeTruffleHog(truffleHogOptions.parse({ bearer: { env: 'TOKEN' } }), context).open(
      { headers, body: Buffer.from(body), at: AT },
      call,
    )

  test('each line is a leak; lines about the scan are passed over', async () => {
    const body = `${JSON.stringify(line)}\n{"level":"info-0","msg":"running source"}\n\n${JSON.stringify({ ...line, RawV2: '' })}\n`
    const opened = await open(body)
    expect(textsIn(opened)).toEqual([['first', 'first:second'], ['first']])
    expect(opened).toMatchObject({
      leaks: [{ url: line.SourceMetadata.Data.Github.link, source: 'TruffleHog CustomRegex' }, {}],
    })
    expect(textsIn(await open(JSON.stringify([line])))).toHaveLength(1)
  })

  test('without a finding there is nothing, and what is no JSON is not readable', async () => {
    expect(await open('')).toEqual({ is: 'other' })
    expect(await open('{"level":"info-0"}\n')).toEqual({ is: 'other' })
    expect(await open('🐷🔑 found')).toMatchObject({ is: 'unreadable' })
    expect(await open(JSON.stringify(line), {})).toMatchObject({ is: 'refused' })
  })
})

describe('gitguardian', () => {
  // The documented hash of `password`.
  const HASH = '743d9fde380b7064cc6a8d3071184fc47905cf7440e5615cd46c7b6cbfb46d47'
  const one = () => makeGitGuardian(gitGuardianOptions.parse({ signatureToken: { env: 'TOKEN' } }), context)
  const open = (incident: object | null, about: { sentAt?: string; token?: string } = {}) => {
    const { sentAt = String(AT / 1_000), token = TOKEN } = about
    const body = JSON.stringify({ source: 'GitGuardian', action: 'incident_triggered', incident })
    const signature = createHmac('sha256', `${sentAt}${token}`).update(body).digest('hex')
    const headers = { 'gitguardian-signature': `sha256=${signature}`, timestamp: sentAt }
    return one().open({ headers, body: Buffer.from(body), at: AT }, call)
  }
  const incident = {
    hmsl_hash: HASH,
    status: 'triggered',
    gitguardian_url: 'https://dashboard.gitguardian.com/1',
  }

  test('its hash of a value is that of its own client', async () => {
    expect(await one().hashValue?.(new SecretValue('password'))).toBe(HASH)
  })

  test('an open incident is a leak by its hash', async () => {
    expect(await open(incident)).toMatchObject({ is: 'report', leaks: [{ texts: [], hash: HASH }] })
    expect(await open(incident, { sentAt: '2026-11-27T12:04:00Z' })).toMatchObject({ is: 'report' })
  })

  test.each([
    ['resolved', { ...incident, status: 'resolved' }],
    ['ignored', { ...incident, status: 'ignored' }],
    ['without a hash', { status: 'triggered' }],
    ['not there', null],
  ])('one that is %s is no leak', async (_, given) => {
    expect(await open(given)).toEqual({ is: 'other' })
  })

  test('another token, an old message and one without a time are refused', async () => {
    expect(await open(incident, { token: `${TOKEN}x` })).toMatchObject({ is: 'refused' })
    for (const sentAt of [String(AT / 1_000 - 301), '', 'yesterday'])
      expect(await open(incident, { sentAt })).toMatchObject({ is: 'refused' })
  })
})
