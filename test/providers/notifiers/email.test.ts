/* Notifier `email`: the law, and TLS without which nothing is sent. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { make } from '../../../providers/notifiers/email/index.ts'
import { options } from '../../../providers/notifiers/email/options.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { machine } from '../../../src/machine.ts'
import { makeIdentity } from '../../../src/sandbox/certificate.ts'
import { type NotifierFixture, notifierLaw } from '../../laws/notifier.ts'
import { type MailServer, startMailServer } from '../../shared/stand-ins/receivers/mail-server.ts'

const context = { name: 'mail', stateFolder: '/nowhere', ...machine }
const PASSWORD = 'a password that no error may show'
const event: NotifyEvent = {
  at: Date.UTC(2026, 10, 22, 10),
  level: 'alarm',
  key: 'renderer-prod',
  kind: 'drift',
  message: 'a target holds something else: größer',
  command: 'keyrota rotate renderer-prod',
  evidence: ['aws/prod: holds another value'],
}

function identityOf(name: string) {
  const { ca, cert, key } = makeIdentity([name], Date.now())
  return { ca, cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

const identity = identityOf('localhost')
const other = identityOf('elsewhere.example')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mail-'))
  writeFileSync(join(folder, 'ca.pem'), identity.ca)
  writeFileSync(join(folder, 'other.pem'), other.ca)
})
afterAll(() => rmSync(folder, { recursive: true }))

const servers: MailServer[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) await server.close()
})

type ServerOptions = NonNullable<Parameters<typeof startMailServer>[0]>

async function setUp(serverOptions: ServerOptions = {}, more: object = {}) {
  const server = await startMailServer({ key: identity.key, cert: identity.cert, ...serverOptions })
  servers.push(server)
  vi.stubEnv('SMTP_PASSWORD', PASSWORD)
  const settings = {
    host: 'localhost',
    port: server.port,
    from: 'keyrota@example.com',
    to: ['team@example.com', 'lead@example.com'],
    ca: { file: join(folder, 'ca.pem') },
    limit: '5s',
    ...more,
  }
  return { server, notifier: make(options.parse(settings), context) }
}

async function makeFixture(): Promise<NotifierFixture> {
  const { server, notifier } = await setUp()
  return {
    notifier,
    arrived: async () => server.mails.map(({ text }) => text),
    lose: async () => {
      server.refuse(421)
      return async () => server.refuse(null)
    },
  }
}

describe('the law of notifiers', () => {
  for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

test('a mail is plain text for every receiver, over an encrypted connection', async () => {
  const { server, notifier } = await setUp()
  expect(await notifier.notify(event, { id: 'msg_1', signal: new AbortController().signal })).toEqual({
    said: 'status 250',
  })
  const [mail = expect.unreachable()] = server.mails
  expect(mail).toMatchObject({
    from: 'keyrota@example.com',
    to: ['team@example.com', 'lead@example.com'],
    isEncrypted: true,
  })
  expect(mail.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(mail.headers.get('message-id')).toBe('<msg_1@keyrota.invalid>')
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
  expect(mail.text).toMatch(/größer\n\nNext:\n {2}keyrota rotate renderer-prod\n\nLast seen:\n {2}aws/)
})

test('no text of an event can add a header, a receiver or a line', async () => {
  const { server, notifier } = await setUp()
  const evil = 'x\r\nBcc: spy@example.com\r\n\r\n.\r\nRCPT TO:<spy@example.com>'
  await notifier.notify({ ...event, key: evil, message: evil, kind: evil, command: evil, evidence: [evil] })
  const [mail = expect.unreachable()] = server.mails
  expect(mail.to).toEqual(['team@example.com', 'lead@example.com'])
  expect(mail.headers.has('bcc')).toBe(false)
  expect(mail.text).not.toMatch(/^(Bcc|RCPT|\.)/m)
})

describe('encryption', () => {
  const { key, cert } = other
  const cases: [string, ServerOptions, { ca?: string | null; security?: string }][] = [
    ['the server offers no STARTTLS', { disabledCommands: ['STARTTLS'] }, {}],
    ['the certificate is of an authority that is not trusted', {}, { ca: null }],
    ['the certificate is of another host', { key, cert }, { ca: 'other.pem' }],
    [
      'a server that is encrypted from the start is not trusted',
      { secure: true, key, cert },
      { security: 'tls' },
    ],
  ]
  test.each(cases)('nothing is sent when %s', async (_about, serverOptions, { ca, ...more }) => {
    const passwords: unknown[] = []
    const auth: ServerOptions = {
      onAuth: ({ password }, _session, done) => {
        passwords.push(password)
        done(null, { user: 'x' })
      },
    }
    const signIn = { user: 'keyrota', password: { env: 'SMTP_PASSWORD' } }
    const trust = ca === undefined ? {} : { ca: ca === null ? undefined : { file: join(folder, ca) } }
    const { server, notifier } = await setUp({ ...auth, ...serverOptions }, { signIn, ...more, ...trust })
    const error = await notifier.notify(event).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ name: 'ProviderError', code: 'denied' })
    expect([passwords, server.mails]).toEqual([[], []])
  })

  test('works from the start too', async () => {
    const { server, notifier } = await setUp({ secure: true }, { security: 'tls' })
    await notifier.notify(event)
    expect(server.mails[0]?.isEncrypted).toBe(true)
  })

  test('can be left out on this machine alone', async () => {
    const given = { from: 'a@example.com', to: ['b@example.com'], security: 'none' }
    expect(options.safeParse({ ...given, host: 'smtp.example.com' }).success).toBe(false)
    const { server, notifier } = await setUp({ disabledCommands: ['STARTTLS'] }, { security: 'none' })
    await notifier.notify(event)
    expect(server.mails[0]?.isEncrypted).toBe(false)
  })
})

describe('a refusal', () => {
  test.each([
    [421, 'unavailable'],
    [451, 'unavailable'],
    [550, 'denied'],
  ])('with status %i is %s', async (status, code) => {
    const { server, notifier } = await setUp()
    server.refuse(status)
    await expect(notifier.notify(event)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(String(status)),
    })
  })

  test('of the sign-in shows no password', async () => {
    const auth: ServerOptions = {
      onAuth: ({ password }, _session, done) => done(new Error(`wrong: ${password}`)),
    }
    const { notifier } = await setUp(auth, {
      signIn: { user: 'keyrota', password: { env: 'SMTP_PASSWORD' } },
    })
    const error = await notifier.notify(event).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'denied' })
    expect(
      JSON.stringify([error, String(error), (error as Error).stack, (error as Error).cause]),
    ).not.toContain(PASSWORD)
  })

  test('to connect is unavailable', async () => {
    const { server, notifier } = await setUp()
    await server.close()
    await expect(notifier.notify(event)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

test.each(['no address', 'a@b\r\nBcc: c@d', 'a@b, c@d', 'Team <a@b>', '@b', 'a@'])(
  '%j is no address',
  (to) => {
    expect(options.safeParse({ host: 'localhost', from: 'a@example.com', to: [to] }).success).toBe(false)
  },
)
