/* A campaign as lines for people: what it would touch, and what it has come to. */

import type { Ask, Named } from '../../fleet/blast.ts'
import type { Campaign } from '../../fleet/campaign.ts'
import type { CampaignReport, ReportedKey } from '../../fleet/report.ts'
import type { Draft } from '../../service/fleet/start.ts'
import { formatSpan } from '../live-line.ts'
import { formatInstant, paint } from '../output.ts'
import { table } from '../table.ts'

/** Names in a list of people; all of them are in the JSON document. */
const SHOWN = 12
const SHOWN_KEYS = 50

/** The blast radius, and how it will be done. */
export function linesOfDraft(draft: Draft): string[] {
  const { blast, plan, forecast } = draft
  const isLeak = plan.order.reason === 'compromised'
  const how = isLeak ? 'leaked: without an overlap' : 'rotated with the overlap of each'
  return [
    `${paint('bold', blast.keys === 1 ? '1 key' : `${blast.keys} keys`)} ${blast.keys === 1 ? 'fits' : 'fit'} ${plan.selection} (${how})`,
    ...linesOfNames('issuers', blast.issuers),
    ...linesOfNames('stores', blast.stores),
    ...linesOfNames('environments', blast.environments),
    `  places written: ${blast.places}`,
    ...linesOfNames('consumers restarted or checked', blast.consumers),
    ...(blast.unseen > 0 ? [`  never read so far, which comes first: ${blast.unseen}`] : []),
    ...linesOfAsks(blast.asks),
    ...(blast.left.length > 0 ? [paint('yellow', `  left alone: ${blast.left.length}`)] : []),
    ...blast.left.slice(0, SHOWN).map(({ key, why }) => `    ${key}: ${why}`),
    `  first ${plan.canary ?? 'none'} alone, then in all ${plan.waves.slice(1).join(', ') || 'no more'}; a wave begins when the last one is proved`,
    `  at most ${plan.caps.atOnce} at once${capsText(plan.caps)}; a wave with more than ${Math.round(plan.breaker.ratio * 100)}% failures pauses it`,
    shareText(draft),
    ...linesOfDemands(draft),
    '  windows, blackouts, a pause of all keys and `limits` hold back what starts by itself, and not this',
    ...draft.passedOver.map((why) => paint('yellow', `  begins although ${why}`)),
    `  takes about ${paint('bold', formatSpan(forecast.ms))} (${boundText(draft)})`,
    ...(draft.needsApproval ? [paint('yellow', '  two persons have to approve it before it begins')] : []),
  ]
}

function linesOfNames(title: string, named: readonly Named[]): string[] {
  if (named.length === 0) return []
  const shown = named.slice(0, SHOWN).map(({ name, keys }) => `${name} (${keys})`)
  const more = named.length > SHOWN ? `, and ${named.length - SHOWN} more` : ''
  return [`  ${title}: ${shown.join(', ')}${more}`]
}

/** Who has to be spoken to, with how many keys. */
function linesOfAsks(asks: readonly Ask[]): string[] {
  if (asks.length === 0) return []
  const owners = [...Map.groupBy(asks, ({ owner }) => owner)]
  return [
    paint('yellow', `  needs a person, who is asked and not waited for: ${asks.length}`),
    ...owners.slice(0, SHOWN).flatMap(([owner, theirs]) => {
      const [first] = theirs
      const names = theirs
        .slice(0, 3)
        .map(({ key }) => key)
        .join(', ')
      return [
        `    ${owner}: ${names}${theirs.length > 3 ? `, and ${theirs.length - 3} more` : ''} (${first?.why ?? ''})`,
      ]
    }),
  ]
}

function capsText({ perIssuer, perStore, perConsumer }: Draft['plan']['caps']): string {
  const each = { issuer: perIssuer, store: perStore, consumer: perConsumer }
  return Object.entries(each)
    .flatMap(([name, cap]) => (cap === undefined ? [] : [`, ${cap} of one ${name}`]))
    .join('')
}

function shareText({ plan }: Draft): string {
  if (plan.perHour === null) return paint('red', '  break-glass: no limit of keys an hour')
  return `  at most ${plan.perHour} keys begin within an hour (fleet.sharePerHour); --break-glass does without`
}

/** Budgets with a limit, and how long they take for their part. */
function linesOfDemands({ forecast }: Draft): string[] {
  const known = forecast.demands.filter(({ perSecond }) => perSecond !== null).slice(0, 5)
  return known.map(
    (one) =>
      `  limit ${one.account}, ${one.class}: ${Math.round((one.perSecond ?? 0) * 10) / 10}/s, about ${one.calls} calls, at least ${formatSpan(one.ms)}`,
  )
}

function boundText({ forecast, plan }: Draft): string {
  if (forecast.by === 'share') return 'the keys an hour decide'
  if (forecast.by === 'limits') return 'the limits of issuers and stores decide'
  const overlap = forecast.overlapMs > 0 ? `, of which ${formatSpan(forecast.overlapMs)} are the overlap` : ''
  return `${plan.waves.length} waves; one rotation about ${formatSpan(forecast.perKeyMs)}${overlap}`
}

/** The state of a campaign and what is left; `every`: also each key that was replaced, with its proof. */
export function linesOfReport(report: CampaignReport, { every }: { every: boolean }): string[] {
  const { counts, halt, keys } = report
  const open = keys.filter(({ state }) => state === 'failed' || state === 'asked' || state === 'left')
  const done = keys.filter(({ state }) => state === 'done')
  return [
    `campaign ${paint('bold', report.campaign)}: ${stateText(report)}, begun by ${report.by}: ${report.selection}, ${report.reason}${report.why ? `: ${report.why}` : ''}`,
    `  ${counts.done} replaced, ${counts.failed} failed, ${counts.running} under way, ${counts.pending} not begun, ${counts.asked} wait for a person, ${counts.left} left alone`,
    `  ${timesText(report)}`,
    ...(halt ? [`  ${paint('red', halt.why)} (${halt.by}, ${formatInstant(halt.at)})`] : []),
    ...linesOfApproval(report),
    ...open.slice(0, SHOWN_KEYS).flatMap(linesOfOpen),
    ...(open.length > SHOWN_KEYS
      ? [`  and ${open.length - SHOWN_KEYS} more: keyrota campaign show ${report.campaign} --json`]
      : []),
    ...(every && done.length > 0 ? tableOfDone(done) : []),
    ...report.next.slice(0, 1).map(({ about, command }) => `  next: ${command}\n    ${paint('dim', about)}`),
    ...(!every && done.length > 0 ? [`  proof of each key: keyrota campaign show ${report.campaign}`] : []),
  ]
}

function stateText({ state, wave }: CampaignReport): string {
  const colour = state === 'done' ? 'green' : state === 'running' ? 'yellow' : 'red'
  const where = state === 'running' || state === 'paused' ? `, wave ${wave.number} of ${wave.of}` : ''
  return `${paint(colour, state)}${where}`
}

function timesText({ startedAt, endedAt }: CampaignReport): string {
  if (startedAt === null) return 'nothing has begun'
  const begun = `began ${formatInstant(startedAt)}`
  return endedAt === null
    ? begun
    : `${begun}, ended ${formatInstant(endedAt)} (${formatSpan(endedAt - startedAt)})`
}

function linesOfApproval({ approval, state }: CampaignReport): string[] {
  if (!approval) return []
  const given = approval.given.map(({ by }) => by).join(', ') || 'nobody yet'
  const until = state === 'waiting-for-approval' ? `, until ${formatInstant(approval.until)}` : ''
  return [`  approved by ${given}; two of ${approval.from.join(', ')} have to${until}`]
}

function linesOfOpen({ key, owner, why, state, command }: ReportedKey): string[] {
  const colour = state === 'failed' ? 'red' : 'yellow'
  return [
    `  ${key}: ${paint(colour, state)}${why ? `: ${why}` : ''}${owner ? ` (owner ${owner})` : ''}`,
    ...(command ? [`    next: ${command}`] : []),
  ]
}

function tableOfDone(done: readonly ReportedKey[]): string[] {
  const rows = done.map(({ key, at, replaced, command, why }) => [
    key,
    at === null ? '' : formatInstant(at),
    `${replaced?.from ?? '?'} → ${replaced?.to ?? '?'}`,
    `${replaced?.oldIs ?? 'unknown'}${why ? `; ${why}` : ''}`,
    command ?? '',
  ])
  return table(['KEY', 'REPLACED', 'FINGERPRINTS', 'OLD KEY', 'PROOF'], rows)
}

export function linesOfList(campaigns: readonly Campaign[]): string[] {
  if (campaigns.length === 0) return ['there are no campaigns; begin one: keyrota rotate --all']
  const rows = campaigns.map(({ id, state, createdAt, by, counts, plan }) => {
    const left = counts.pending + counts.running
    return [
      id,
      state,
      formatInstant(createdAt),
      by,
      `${counts.done} done, ${counts.failed} failed, ${left} to do`,
      plan.selection,
    ]
  })
  return table(['CAMPAIGN', 'STATE', 'BEGUN', 'BY', 'KEYS', 'WHAT'], rows)
}
