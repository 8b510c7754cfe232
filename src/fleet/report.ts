/** What a campaign has come to: what was replaced when and by which proof, what is left and why, and what to do next. */
import { quoteWord } from '../contracts/shell-word.ts'
import type { Campaign, Counts, Row } from './campaign.ts'
import type { Judged, KeyState } from './key-state.ts'

export interface ReportedKey {
  readonly key: string
  readonly state: KeyState
  readonly owner: string | null
  readonly rotation: string | null
  /** When it ended. */
  readonly at: number | null
  readonly why: string | null
  /** Fingerprints of the key that was replaced and of the one in use, and what is known of the former. */
  readonly replaced: { from: string | null; to: string | null; oldIs: string } | null
  readonly command: string | null
}

export interface CampaignReport {
  readonly campaign: string
  readonly state: Campaign['state']
  readonly by: string
  readonly selection: string
  readonly reason: string
  readonly why: string | null
  readonly digest: string
  readonly isBreakGlass: boolean
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly wave: { readonly number: number; readonly of: number }
  readonly halt: { readonly at: number; readonly by: string; readonly why: string } | null
  readonly approval: {
    readonly from: readonly string[]
    readonly until: number
    readonly given: readonly { by: string; at: number }[]
  } | null
  readonly counts: Counts
  readonly keys: readonly ReportedKey[]
  readonly next: readonly { about: string; command: string }[]
}

export interface Shown {
  readonly row: Row
  readonly judged: Judged
  readonly owner: string | null
  readonly replaced: ReportedKey['replaced']
}

/** What is not done comes first: that is what a person acts on. */
const order: readonly KeyState[] = ['failed', 'asked', 'left', 'running', 'overlap', 'pending', 'done']

export function makeReport(campaign: Campaign, shown: readonly Shown[]): CampaignReport {
  const keys = shown
    .map(reportKey)
    .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (a.key < b.key ? -1 : 1))
  return {
    campaign: campaign.id,
    state: campaign.state,
    by: campaign.by,
    selection: campaign.plan.selection,
    reason: campaign.plan.order.reason,
    why: campaign.plan.order.why ?? null,
    digest: campaign.digest,
    isBreakGlass: campaign.isBreakGlass,
    createdAt: campaign.createdAt,
    startedAt: campaign.startedAt ?? null,
    endedAt: campaign.endedAt ?? null,
    wave: { number: Math.min(campaign.wave + 1, campaign.plan.waves.length), of: campaign.plan.waves.length },
    halt: campaign.halt ?? null,
    approval: campaign.approval
      ? { ...campaign.approval, given: campaign.approval.given.map(({ by, at }) => ({ by, at })) }
      : null,
    counts: countStates(keys),
    keys,
    next: nextOf(campaign, keys),
  }
}

function reportKey({ row, judged, owner, replaced }: Shown): ReportedKey {
  const { state, rotation, at, why, command } = judged
  const proof = rotation === undefined ? null : `keyrota explain ${quoteWord(rotation)}`
  return {
    key: row.key,
    state,
    owner,
    rotation: rotation ?? null,
    at: at ?? null,
    why: why ?? null,
    replaced: state === 'done' ? replaced : null,
    command: state === 'done' ? proof : (command ?? null),
  }
}

function countStates(keys: readonly ReportedKey[]): Counts {
  const of = (...states: KeyState[]) => keys.filter(({ state }) => states.includes(state)).length
  return {
    done: of('done'),
    failed: of('failed'),
    running: of('running', 'overlap'),
    pending: of('pending'),
    asked: of('asked'),
    left: of('left'),
  }
}

function nextOf(
  { id, state, digest }: Campaign,
  keys: readonly ReportedKey[],
): { about: string; command: string }[] {
  const own = {
    'waiting-for-approval': {
      about: 'two of those who may have to approve it',
      command: `keyrota campaign approve ${id} --digest ${digest}`,
    },
    running: {
      about: 'it goes on wherever `run` or `serve` works, or here',
      command: `keyrota campaign resume ${id}`,
    },
    paused: {
      about: 'nothing more is begun until somebody lets it go on',
      command: `keyrota campaign resume ${id}`,
    },
    done: undefined,
    stopped: undefined,
  }[state]
  const perKey = keys.flatMap(({ key, state: keyState, command, why }) =>
    command !== null && (keyState === 'failed' || keyState === 'asked' || keyState === 'left')
      ? [{ about: `${key}: ${why ?? keyState}`, command }]
      : [],
  )
  return [...(own ? [own] : []), ...perKey]
}
