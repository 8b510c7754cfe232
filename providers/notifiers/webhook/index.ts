/* Notifier `webhook`: one POST per event, as JSON or as a message of a chat. */

import { randomUUID } from 'node:crypto'
import type { TimedContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Delivered, Delivery, Notifier, NotifyEvent } from '../../../src/contracts/notifier.ts'
import { sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { cleanEvent, pickFields, toSafeJson } from '../../shared/notifier/clean-event.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import { isSafeUrl } from '../../shared/options/service-url.ts'
import { toDiscord } from './discord.ts'
import type { Options } from './options.ts'
import { sign } from './sign.ts'
import { toSlack } from './slack.ts'
import { toTeams } from './teams.ts'

type Context = Pick<TimedContext, 'name' | 'clock'>

/** What is read of an answer, which nobody looks at. */
const MAX_BYTES = 64 * 1024

export function make(options: Options, context: Context): Notifier {
  return { notify: (event, delivery) => post(options, context, event, delivery) }
}

const chats = { slack: toSlack, teams: toTeams, discord: toDiscord } as const

async function post(
  options: Options,
  { name, clock }: Context,
  event: NotifyEvent,
  delivery: Delivery | undefined,
): Promise<Delivered> {
  const url = await readUrl(options, name)
  const body = bodyOf(options.format, event)
  const id = delivery?.id ?? `msg_${randomUUID()}`
  const at = Math.floor(clock.wallMs() / 1_000)
  const secret = options.secret && (await readSecret(options.secret, name))
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    ...(secret ? { 'webhook-signature': sign({ id, at, body }, secret, name) } : {}),
  }
  const settings = {
    provider: name,
    hosts: [url.host],
    limitMs: parseDurationMs(options.limit),
    maxBytes: MAX_BYTES,
  }
  const signal = delivery?.signal ?? new AbortController().signal
  const answer = await sendRequest(
    await withAuthorities(settings, options.ca),
    // The path of a chat's address is its secret.
    { method: 'POST', url: url.href, shownUrl: `${url.origin}/(hidden)`, headers, body },
    { signal, beforeSend: () => {} },
  )
  if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
  return { said: `status ${answer.status}` }
}

function bodyOf(format: Options['format'], event: NotifyEvent): string {
  if (format !== 'json') return JSON.stringify(chats[format](cleanEvent(event)))
  const { at, kind, ...data } = pickFields(event)
  return toSafeJson({ type: kind, timestamp: new Date(at).toISOString(), data: { kind, ...data } })
}

async function readUrl(options: Options, provider: string): Promise<URL> {
  const url = URL.parse((await readSecret(options.url, provider)).expose())
  if (url !== null && isSafeUrl(url)) return url
  throw new ProviderError({
    code: 'invalid',
    provider,
    message: 'the address is no https URL without user (plain http to this machine only)',
    effect: 'none',
    isOwnSetUp: true,
    nextStep: 'Put the whole address of the webhook into the secret that `url` names.',
  })
}
