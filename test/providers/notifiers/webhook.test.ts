/* Notifier `webhook`: the law in each format, the signature, and what each chat takes. */

import { createRequire } from 'node:module'
import type { KnownBlock } from '@slack/types'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { make } from '../../../providers/notifiers/webhook/index.ts'
import { options } from '../../../providers/notifiers/webhook/options.ts'
import { toSlack } from '../../../providers/notifiers/webhook/slack.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { machine } from '../../../src/machine.ts'
import { type NotifierFixture, notifierLaw } from '../../laws/notifier.ts'
import { type HttpReceiver, startReceiver } from '../../shared/stand-ins/receivers/http-receiver.ts'

const context = { name: 'chat', stateFolder: '/nowhere', ...machine }
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const PATH = '/services/T000/B000/the-path-is-the-secret'

const receivers: HttpReceiver[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const receiver of receivers.splice(0)) await receiver.close()
})

const formats = ['json', 'slack', 'teams', 'discord'] as const
type Format = (typeof formats)[number]

async function setUp(format: Format, more: object = {}) {
  const receiver = await startReceiver(PATH)
  receivers.push(receiver)
  vi.stubEnv('CHAT_URL', receiver.url)
  vi.stubEnv('CHAT_SECRET', SECRET)
  const notifier = make(options.parse({ url: { env: 'CHAT_URL' }, format, ...more }), context)
  return { receiver, notifier }
}

async function makeFixture(format: Format): Promise<NotifierFixture> {
  const { receiver, notifier } = await setUp(format)
  return {
    notifier,
    arrived: async () => receiver.arrivals.map(({ body }) => body),
    lose: async () => {
      receiver.answer({ status: 503 })
      return async () => receiver.answer({ status: 200 })
    },
  }
}

describe.each(formats)('the law of notifiers, as %s', (format) => {
  for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture(format)))
})

/** Everything an event can have, of texts that every format would interpret. */
const hostile: NotifyEvent = {
  at: Date.UTC(2026, 10, 22, 10),
  level: 'alarm',
  key: 'renderer-prod',
  rotation: '20261122-k7f3qa',
  kind: 'target-refused',
  message: `<!channel> @everyone [click](https://evil.example) <https://evil.example|x> **b** ${'long '.repeat(2_000)}`,
  command: `keyrota resume renderer-prod \`\`\` ${'--confirm moved '.repeat(500)}`,
  evidence: Array.from({ length: 40 }, (_, index) => `seen ${index} ${'x'.repeat(5_000)}`),
}
const plain: NotifyEvent = {
  at: hostile.at,
  level: 'info',
  kind: 'campaign-ended',
  campaign: 'c1',
  message: 'done',
}

async function bodyOf(format: Format, event: NotifyEvent) {
  const { receiver, notifier } = await setUp(format)
  await notifier.notify(event)
  return JSON.parse(receiver.arrivals[0]?.body ?? '')
}

describe('the signature', () => {
  test('is verified by the published library, over id, time and body', async () => {
    const { receiver, notifier } = await setUp('json', { secret: { env: 'CHAT_SECRET' } })
    const signal = new AbortController().signal
    expect(await notifier.notify(hostile, { id: 'msg_1', signal })).toEqual({ said: 'status 200' })
    const { headers, body } = receiver.arrivals[0] ?? expect.unreachable()
    const signed = headers as Record<string, string>
    expect(signed['webhook-id']).toBe('msg_1')
    expect(new Webhook(SECRET).verify(body, signed)).toMatchObject({ type: 'target-refused' })
    expect(() => new Webhook(SECRET).verify(body.replace('alarm', 'info'), signed)).toThrow()
    const other = { ...signed, 'webhook-id': 'msg_2' }
    expect(() => new Webhook(SECRET).verify(body, other)).toThrow()
  })

  test.each(['whsec_c2hvcnQ=', 'whsec_not base64 at all, but long enough to be a secret', 'whsec_'])(
    'is refused with a secret that is none: %s',
    async (secret) => {
      const { receiver, notifier } = await setUp('json', { secret: { env: 'CHAT_SECRET' } })
      vi.stubEnv('CHAT_SECRET', secret)
      await expect(notifier.notify(plain)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
      expect(receiver.arrivals).toEqual([])
    },
  )
})

describe('the address', () => {
  test.each([
    [404, 'not_found'],
    [410, 'not_found'],
    [401, 'denied'],
    [400, 'invalid'],
    [500, 'unavailable'],
    [302, 'invalid'],
  ])('is in no error, whatever is answered: %i', async (status, code) => {
    const { receiver, notifier } = await setUp('slack')
    receiver.answer({ status, headers: { location: `https://elsewhere.example${PATH}` }, body: PATH })
    const error = await notifier.notify(plain).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ name: 'ProviderError', code })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('the-path-is')
  })

  test.each([
    'http://chat.example/x',
    'https://user:pass@chat.example/x',
    'ftp://chat.example/x',
    'no address',
  ])('has to be https, or this machine: %s', async (address) => {
    const { notifier } = await setUp('slack')
    vi.stubEnv('CHAT_URL', address)
    await expect(notifier.notify(plain)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('is never in the config itself', () => {
    expect(options.safeParse({ url: 'https://hooks.slack.com/services/x' }).success).toBe(false)
  })
})

test('the wait that is asked for is told', async () => {
  const { receiver, notifier } = await setUp('slack')
  receiver.answer({ status: 429, headers: { 'retry-after': '42' } })
  await expect(notifier.notify(plain)).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 42_000 })
})

test('an attempt that is aborted ends at once', async () => {
  const { receiver, notifier } = await setUp('slack')
  receiver.answer(null)
  const signal = AbortSignal.abort()
  await expect(notifier.notify(plain, { id: 'msg_1', signal })).rejects.toMatchObject({ code: 'unavailable' })
})

describe('Slack', () => {
  /** https://docs.slack.dev/reference/block-kit/blocks: the limits of each block. */
  function checkLimits(blocks: readonly KnownBlock[]): void {
    expect(blocks.length).toBeLessThanOrEqual(50)
    for (const block of blocks) {
      if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150)
      if (block.type === 'section') {
        if (block.text) expect(block.text.text.length).toBeLessThanOrEqual(3_000)
        expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10)
        for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000)
      }
      if (block.type === 'context') expect(block.elements.length).toBeLessThanOrEqual(10)
    }
  }

  test.each([hostile, plain])('takes the blocks: of its own types, within its limits', async (event) => {
    const body: { text: string; blocks: KnownBlock[] } = await bodyOf('slack', event)
    checkLimits(body.blocks)
    const known = ['header', 'section', 'rich_text', 'context']
    expect(body.blocks.filter(({ type }) => !known.includes(type))).toEqual([])
    expect(body.text).not.toMatch(/[<>]/)
    expect(JSON.stringify(body)).not.toContain('mrkdwn')
  })

  test('the types that Slack publishes fit what is made', () => {
    const made = toSlack(plain) satisfies { text: string; blocks: readonly object[] }
    const header: KnownBlock = {
      type: 'header',
      text: { type: 'plain_text', text: 'info: campaign c1', emoji: false },
    }
    expect(made.blocks[0]).toEqual(header)
  })
})

test.each([hostile, plain])(
  "Teams takes the card: Microsoft's own parser finds nothing wrong with it",
  async (event) => {
    const { AdaptiveCard, SerializationContext }: typeof import('adaptivecards') = createRequire(
      import.meta.url,
    )('adaptivecards/dist/adaptivecards.js')
    const parse = (card: object): string[] => {
      const found = new SerializationContext()
      new AdaptiveCard().parse(card, found)
      return Array.from({ length: found.eventCount }, (_, index) => found.getEventAt(index).message)
    }
    const body = await bodyOf('teams', event)
    const [attachment] = body.attachments
    expect(body).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive' }],
    })
    expect(parse(attachment.content)).toEqual([])
    const [first] = attachment.content.body
    expect(
      parse({
        ...attachment.content,
        body: [{ ...first, inlines: [{ type: 'TextRun', text: 'x', color: 'Red' }] }],
      }),
    ).not.toEqual([])
    expect(JSON.stringify(body).length).toBeLessThan(28_000)
    expect(JSON.stringify(body)).not.toContain('"TextBlock"')
  },
)

test.each([hostile, plain])(
  'Discord takes the embed: within its limits, with nobody called',
  async (event) => {
    const body = await bodyOf('discord', event)
    const [embed, ...others] = body.embeds
    expect(others).toEqual([])
    expect(body.allowed_mentions).toEqual({ parse: [] })
    expect(embed.title.length).toBeLessThanOrEqual(256)
    expect(embed.description.length).toBeLessThanOrEqual(4_096)
    expect(embed.fields.length).toBeLessThanOrEqual(25)
    for (const { name, value } of embed.fields) {
      expect(name.length).toBeLessThanOrEqual(256)
      expect(value.length).toBeLessThanOrEqual(1_024)
    }
    const texts = [
      embed.title,
      embed.description,
      ...embed.fields.flatMap(({ name, value }: Record<string, string>) => [name, value]),
    ]
    expect(texts.join('').length).toBeLessThanOrEqual(6_000)
    expect(embed.description).not.toMatch(/(?<!\\)[[\]<>*]/)
  },
)
