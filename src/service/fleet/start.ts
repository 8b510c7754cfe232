/** Begins a campaign: what it would touch, and what is written down of it. */
import type { KeyConfig } from '../../contracts/config.ts'
import { defaultFleet, type FleetRules } from '../../contracts/config.ts'
import { ServiceError } from '../../contracts/errors.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { readRecords } from '../../engine/all-records.ts'
import { APPROVALS_NEEDED, beginApproval, countGiven, needsApproval } from '../../fleet/approval.ts'
import { type Blast, makeBlast } from '../../fleet/blast.ts'
import {
  type Campaign,
  type CampaignPlan,
  type Caps,
  MAX_KEYS,
  type Order,
  type Row,
  splitRows,
} from '../../fleet/campaign.ts'
import { digestOf } from '../../fleet/digest.ts'
import { describeSelection, isEmpty, type Selection, selectKeys } from '../../fleet/selection.ts'
import { perHourOf } from '../../fleet/share.ts'
import { waveSizes } from '../../fleet/waves.ts'
import type { Context } from '../context.ts'
import { refuseKnownValues } from '../refuse-known-values.ts'
import { refuseValues } from '../refuse-values.ts'
import { type Forecast, forecast } from './forecast.ts'
import { makeCampaign } from './keep.ts'
import { findPassedOver } from './passes-over.ts'

/** What a person asks for. */
export interface Wish {
  readonly selection: Selection
  readonly order: Order
  readonly canary?: string
  readonly waves?: readonly string[]
  readonly caps?: Partial<Caps>
  readonly isBreakGlass?: boolean
}

/** A campaign that is not written down yet. */
export interface Draft {
  readonly plan: CampaignPlan
  readonly rows: readonly Row[]
  readonly blast: Blast
  readonly keys: readonly KeyConfig[]
  readonly digest: string
  readonly isBreakGlass: boolean
  readonly needsApproval: boolean
  readonly forecast: Forecast
  /** What holds back rotations that start by themselves now, and not this; for people. */
  readonly passedOver: readonly string[]
}

function rulesOf({ fleet }: Pick<Context, 'fleet'>): FleetRules {
  return fleet ?? defaultFleet
}

/**
 * What the wish comes to; nothing is changed, and only the journal is asked.
 * @throws ServiceError `usage` for a wish that cannot be what was meant
 */
export async function draftCampaign(context: Context, wish: Wish): Promise<Draft> {
  const records = await readRecords(context.journal)
  const keys = choose(context, wish.selection, records)
  await refuseText(context, keys, wish.order.why)
  const operators = await findOperators(context, keys)
  const isCompromised = wish.order.reason === 'compromised'
  const { canary } = wish
  const { blast, rows } = makeBlast({
    keys,
    records,
    operators,
    isCompromised,
    ...(canary ? { canary } : {}),
  })
  refuseCanary(canary, rows)
  const rules = rulesOf(context)
  const isBreakGlass = wish.isBreakGlass ?? false
  const plan: CampaignPlan = {
    selection: describeSelection(wish.selection),
    order: wish.order,
    canary: rows.find(({ group }) => group === 'auto')?.key ?? null,
    waves: wavesOf(wish.waves ?? rules.waves, blast.auto),
    caps: { atOnce: rules.atOnce, ...wish.caps },
    perHour: isBreakGlass ? null : perHourOf(rules.sharePerHour, context.keys.size),
    breaker: rules.breaker,
    stuckAfterMs: rules.stuckAfterMs,
  }
  return {
    ...{ plan, rows, blast, keys, isBreakGlass },
    digest: digestOf(plan, rows),
    needsApproval: needsApproval(rules, { isBreakGlass }),
    forecast: await forecast(context, plan, keysOf(keys, rows)),
    passedOver: await findPassedOver(context, keysOf(keys, rows)),
  }
}

function keysOf(keys: readonly KeyConfig[], rows: readonly Row[]): KeyConfig[] {
  const auto = new Set(rows.flatMap(({ key, group }) => (group === 'auto' ? [key] : [])))
  return keys.filter(({ name }) => auto.has(name))
}

function choose(
  { keys }: Context,
  selection: Selection,
  records: ReadonlyMap<string, KeyRecord>,
): KeyConfig[] {
  if (isEmpty(selection))
    throw refuse('nothing says which keys', 'Name them: --all, --issuer, --store, --owner, …')
  const selected = selectKeys(keys, selection, records)
  if ('unknown' in selected) {
    const all = selected.unknown
      .slice(0, 10)
      .map(({ what, near }) => `${what}${near ? ` (did you mean ${near}?)` : ''}`)
    throw refuse(`no key of the config has: ${all.join(', ')}`, 'Correct it. All keys: keyrota status')
  }
  if (selected.keys.length === 0) throw refuse('no key fits all of it', 'All keys: keyrota status')
  if (selected.keys.length > MAX_KEYS) throw refuse(`more than ${MAX_KEYS} keys`, 'Choose fewer of them.')
  return selected.keys
}

/** A reason is kept and printed in many places. */
async function refuseText(
  context: Context,
  [first]: readonly KeyConfig[],
  why: string | undefined,
): Promise<void> {
  await refuseKnownValues(context, [why])
  if (first && why) await refuseValues(context, first.name, [why])
}

/** @throws ServiceError `usage` where the named first key would not show what follows. */
function refuseCanary(canary: string | undefined, rows: readonly Row[]): void {
  if (canary === undefined) return
  const row = rows.find(({ key }) => key === canary)
  if (row?.group === 'auto') return
  const why = row ? 'it needs a person, or nothing is done to it' : 'it is not among the chosen keys'
  throw refuse(`${canary} cannot be the first key: ${why}`, 'Name another one, or leave --canary out.')
}

function wavesOf(waves: readonly string[], keys: number): number[] {
  try {
    return waveSizes(waves, keys)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw refuse(error.message, 'For example: --waves 1,10,50%,100%')
  }
}

/** Issuers whose keys a person creates. */
async function findOperators({ providers }: Context, keys: readonly KeyConfig[]): Promise<Set<string>> {
  const names = [...new Set(keys.map(({ issuer }) => issuer))]
  const made = await Promise.all(names.map(async (name) => ({ name, issuer: await providers.issuer(name) })))
  return new Set(made.flatMap(({ name, issuer }) => (issuer.lifecycle === 'operator' ? [name] : [])))
}

/** Writes the campaign down; from then on whoever serves goes on with it. */
export async function startCampaign(context: Context, draft: Draft, by: string): Promise<Campaign> {
  const { clock, random } = context
  const now = clock.wallMs()
  const { plan, rows, digest, isBreakGlass } = draft
  const { approval } = rulesOf(context)
  const campaign: Campaign = {
    schema: 1,
    id: `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}-${random(6)}`,
    state: 'running',
    createdAt: now,
    by,
    ...{ plan, digest, isBreakGlass },
    pieces: splitRows(rows).length,
    wave: 0,
    worker: null,
    counts: { done: 0, failed: 0, running: 0, pending: rows.length, asked: 0, left: 0 },
    ...(draft.needsApproval && approval ? { approval: beginApproval(approval, { by, now, digest }) } : {}),
  }
  if (campaign.approval && countGiven(campaign) < APPROVALS_NEEDED) campaign.state = 'waiting-for-approval'
  await makeCampaign(context, campaign, rows)
  return campaign
}

function refuse(message: string, nextStep: string): ServiceError {
  return new ServiceError('usage', message, nextStep)
}
