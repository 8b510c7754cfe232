/* Notifier `pagerduty`: one alert for each key and reason, by the Events API v2. */

import { createHash } from 'node:crypto'
import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { Delivered, Delivery, Notifier, NotifyEvent } from '../../../src/contracts/notifier.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { cleanEvent, subjectOf } from '../../shared/notifier/clean-event.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { Options } from './options.ts'

/** Limits of the API. */
const SUMMARY_LENGTH = 1_024
const DEDUP_LENGTH = 255

const severities = { info: 'info', warning: 'warning', alarm: 'critical' } as const

export function make(options: Options, context: Pick<ProviderContext, 'name'>): Notifier {
  return { notify: (event, delivery) => enqueue(options, context.name, event, delivery) }
}

async function enqueue(
  options: Options,
  provider: string,
  event: NotifyEvent,
  delivery: Delivery | undefined,
): Promise<Delivered> {
  const clean = cleanEvent(event)
  const dedupKey = dedupKeyOf(options.source, event)
  const routingKey = (await readSecret(options.routingKey, provider)).expose()
  const body = { routing_key: routingKey, dedup_key: dedupKey, ...actionOf(options.source, clean) }
  const limitMs = parseDurationMs(options.limit)
  const settings = { provider, hosts: [new URL(options.url).host], limitMs }
  const answer = await sendRequest(
    await withAuthorities(settings, options.ca),
    {
      method: 'POST',
      url: options.url,
      headers: { 'content-type': 'application/json' },
      body: new SecretValue(JSON.stringify(body)),
    },
    { signal: delivery?.signal ?? new AbortController().signal, beforeSend: () => {} },
  )
  if (answer.status !== 202) throw toStatusError(answer, answer.subject)
  return { said: `status 202, ${event.isOver ? 'resolved' : 'triggered'} ${dedupKey}` }
}

function actionOf(source: string, event: NotifyEvent) {
  const { at, level, key, campaign, kind, message, rotation, command, evidence, isOver } = event
  if (isOver) return { event_action: 'resolve' }
  return {
    event_action: 'trigger',
    client: 'Keyrota',
    payload: {
      summary: `${subjectOf(event)}: ${message}`.slice(0, SUMMARY_LENGTH),
      source,
      severity: severities[level],
      timestamp: new Date(at).toISOString(),
      component: key ?? campaign ?? source,
      class: kind,
      custom_details: { level, key, campaign, reason: kind, message, rotation, command, evidence },
    },
  }
}

/** A trouble is known by its key and its reason; what is too long keeps a digest of the rest. */
function dedupKeyOf(source: string, { key, campaign, kind }: NotifyEvent): string {
  const about = key ?? (campaign === undefined ? 'all' : `campaign:${campaign}`)
  const full = `${source}/${about}/${kind}`.replace(/[^\x21-\x7e]/g, '_')
  if (full.length <= DEDUP_LENGTH) return full
  const digest = createHash('sha256').update(`${about}/${kind}`).digest('hex').slice(0, 32)
  return `${full.slice(0, DEDUP_LENGTH - 33)}-${digest}`
}
