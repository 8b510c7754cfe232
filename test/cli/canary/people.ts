/* People who are told of everything, and a monitor that is called: what they get is searched too. */

import { randomBytes } from 'node:crypto'
import { type HttpReceiver, startReceiver } from '../../shared/stand-ins/receivers/http-receiver.ts'
import type { Secret, Sink } from './search.ts'

export interface People {
  /** Sections of the config, and what they refer to. */
  readonly notifiers: Record<string, object>
  readonly routes: readonly object[]
  readonly heartbeat: object
  readonly env: Record<string, string>
  /** Addresses and keys of these services, which belong nowhere else. */
  readonly secrets: readonly Secret[]
  /** What arrived: addresses, headers and bodies. */
  sinks(): Sink[]
  close(): Promise<void>
}

const formats = ['json', 'slack'] as const

export async function startPeople(): Promise<People> {
  const path = `/hook-${randomBytes(12).toString('hex')}`
  const routingKey = randomBytes(16).toString('hex')
  const hook = await startReceiver(path)
  const pager = await startReceiver('/v2/enqueue')
  pager.answer({ status: 202 })
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const chats = formats.map((format) => [
    format,
    { type: 'webhook', format, url: { env: 'HOOK_URL' }, secret: { env: 'HOOK_SECRET' } },
  ])
  const notifiers = {
    ...Object.fromEntries(chats),
    pager: { type: 'pagerduty', routingKey: { env: 'PAGER_KEY' }, url: pager.url },
  }
  return {
    notifiers,
    routes: [{ atLeast: 'info', notify: Object.keys(notifiers) }],
    heartbeat: { url: { env: 'HOOK_URL' } },
    env: { HOOK_URL: hook.url, HOOK_SECRET: secret, PAGER_KEY: routingKey },
    secrets: [
      { name: 'address of a webhook', value: path },
      { name: 'secret of a webhook', value: secret },
      { name: 'key of a pager', value: routingKey },
    ],
    sinks: () => [...sinksOf('webhook', hook, path), ...sinksOf('pager', pager, routingKey)],
    close: async () => {
      await hook.close()
      await pager.close()
    },
  }
}

/** What a service was sent belongs to it, but for its own secret. */
function sinksOf(name: string, { arrivals }: HttpReceiver, own: string): Sink[] {
  return arrivals.map(({ method, path, headers, body }, index) => ({
    name: `message ${index} to ${name}`,
    bytes: Buffer.from([method, path, JSON.stringify(headers), body].join('\n').replaceAll(own, 'its own')),
  }))
}
