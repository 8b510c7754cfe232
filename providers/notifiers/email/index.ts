/* Notifier `email`: one plain mail per event. nodemailer is loaded with the first one. */

import type { TimedContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Delivered, Delivery, Notifier, NotifyEvent } from '../../../src/contracts/notifier.ts'
import { cleanEvent, factsOf, subjectOf } from '../../shared/notifier/clean-event.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import { toMailError } from './errors.ts'
import type { Options } from './options.ts'

const SUBJECT_LENGTH = 150

export function make(options: Options, context: Pick<TimedContext, 'name' | 'random'>): Notifier {
  return { notify: (event, delivery) => send(options, context, event, delivery) }
}

async function send(
  options: Options,
  { name, random }: Pick<TimedContext, 'name' | 'random'>,
  event: NotifyEvent,
  delivery: Delivery | undefined,
): Promise<Delivered> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(await transportOf(options, name))
  const stop = () => transport.close()
  delivery?.signal.addEventListener('abort', stop, { once: true })
  try {
    const mail = mailOf(options, cleanEvent(event), delivery?.id ?? `msg_${random(24)}`)
    const { response, rejected } = await withinLimit(transport.sendMail(mail), options, name)
    const refused =
      rejected.length > 0 ? `; ${rejected.length} of ${options.to.length} receivers refused` : ''
    return { said: `status ${/^\d{3}/.exec(response)?.[0] ?? 'unknown'}${refused}` }
  } catch (error) {
    throw error instanceof ProviderError ? error : toMailError(error, name, options)
  } finally {
    delivery?.signal.removeEventListener('abort', stop)
    transport.close()
  }
}

async function transportOf(options: Options, provider: string) {
  const { host, security, signIn, port = security === 'tls' ? 465 : 587 } = options
  const limitMs = parseDurationMs(options.limit)
  const pass = signIn && (await readSecret(signIn.password, provider)).expose()
  const { ca } = await withAuthorities({ provider, hosts: [] }, options.ca)
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: limitMs,
    greetingTimeout: limitMs,
    socketTimeout: limitMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const, ...(ca ? { ca } : {}) },
    ...(signIn && pass ? { auth: { user: signIn.user, pass } } : {}),
  }
}

/** Every text is of one line: nothing in an event can end a header, and nodemailer encodes what is not ASCII. */
function mailOf({ from, to }: Options, event: NotifyEvent, id: string) {
  const { message, command, evidence = [] } = event
  const facts = factsOf(event).map(([name, value]) => `${`${name}:`.padEnd(10)} ${value}`)
  const lines = [
    message,
    ...(command === undefined ? [] : ['', 'Next:', `  ${command}`]),
    ...(evidence.length === 0 ? [] : ['', 'Last seen:', ...evidence.map((text) => `  ${text}`)]),
    '',
    ...facts,
  ]
  return {
    from: { name: 'Keyrota', address: from },
    to: [...to],
    subject: `[keyrota] ${subjectOf(event)}: ${message}`.slice(0, SUBJECT_LENGTH),
    text: `${lines.join('\n')}\n`,
    textEncoding: 'quoted-printable' as const,
    messageId: `<${id.replace(/[^\w-]/g, '')}@keyrota.invalid>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** A server that answers each command just in time would keep the connection for minutes. */
async function withinLimit<T>(sending: Promise<T>, options: Options, provider: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const limitMs = parseDurationMs(options.limit)
    timer = setTimeout(() => reject(toMailError({ code: 'ETIMEDOUT' }, provider, options)), limitMs)
  })
  try {
    return await Promise.race([sending, late])
  } finally {
    clearTimeout(timer)
  }
}
