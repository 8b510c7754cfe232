/** What has come of one key of a campaign: judged by the record of the key, never by what a campaign notes. */
import type { Hold, KeyRecord, Rotation } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import type { Row } from './campaign.ts'

/**
 * `pending`: not begun. `overlap`: both keys are valid until it is over. `asked`: a person has something to do.
 * `done`: the old key is refused, as its rotation has completed. `left`: nothing is done to it.
 */
export type KeyState = 'pending' | 'running' | 'overlap' | 'asked' | 'done' | 'failed' | 'left'

export interface Judged {
  readonly state: KeyState
  readonly why?: string
  readonly command?: string
  readonly rotation?: string
  /** When it ended. */
  readonly at?: number
  /** When it goes on, where nobody has to do anything before. */
  readonly nextAt?: number
  /** It has failed, and a person has let the campaign go on after that. */
  readonly isAcknowledged?: boolean
}

interface About {
  readonly campaign: string
  readonly row: Row
  readonly record: KeyRecord | undefined
  readonly isInConfig: boolean
  readonly now: number
  /** A key that is held up for longer counts as failed. */
  readonly stuckAfterMs: number
}

export function judgeKey(about: About): Judged {
  const { campaign, row, record, isInConfig } = about
  if (row.group === 'left') return { state: 'left', ...(row.why ? { why: row.why } : {}) }
  if (record?.rotation?.campaign === campaign) return judgeRotation(about, record, record.rotation)
  if (record?.request?.campaign === campaign)
    return {
      state: 'running',
      why: 'it begins as soon as calls of the last rotation can do nothing more',
      ...next(record),
    }
  if (record?.last?.campaign === campaign) return judgeLast(row, record.last)
  if (row.done !== undefined)
    return { state: 'done', rotation: row.done, ...(row.doneAt === undefined ? {} : { at: row.doneAt }) }
  if (!isInConfig) return { state: 'left', why: 'the config no longer has it' }
  if (row.refused !== undefined)
    return { state: 'failed', why: row.refused, command: `keyrota check ${quoteWord(row.key)}` }
  return { state: 'pending' }
}

function judgeLast({ key, acknowledged }: Row, last: NonNullable<KeyRecord['last']>): Judged {
  const about = { rotation: last.id, at: last.at }
  if (last.end === 'completed') {
    const trust = (last.exceptions ?? []).map(({ detail }) => detail).join('; ')
    return { state: 'done', ...about, ...(trust ? { why: trust } : {}) }
  }
  // A process that was stopped before a target had the new key has revoked that one: it is begun again.
  if (last.id === acknowledged || last.isStopped) return { state: 'pending' }
  return {
    state: 'failed',
    ...about,
    why: `${last.end}${last.why ? `: ${last.why}` : ''}`,
    command: `keyrota explain ${quoteWord(key)}`,
  }
}

function judgeRotation(about: About, record: KeyRecord, rotation: Rotation): Judged {
  const { row, now, stuckAfterMs } = about
  const { id, standing, hold } = rotation
  const ours = { rotation: id }
  const said = { ...ours, ...sayHold(row.key, hold) }
  const isAcknowledged = row.acknowledged === id
  if (standing === 'blocked') return { state: 'failed', ...said, isAcknowledged }
  if (standing === 'awaiting-operator') return { state: 'asked', ...said }
  if (hold?.reason === 'overlap') return { state: 'overlap', ...ours, ...next(record) }
  if (rotation.rollback?.after === 'end' && !rotation.rollback.isStopped)
    return {
      state: 'failed',
      ...ours,
      why: `rolling back: ${rotation.rollback.why}`,
      ...command(row.key),
      isAcknowledged,
      ...next(record),
    }
  const isStuck = hold !== undefined && standing === 'waiting' && now - hold.since > stuckAfterMs
  if (isStuck) return { state: 'failed', ...said, isAcknowledged, ...next(record) }
  return { state: 'running', ...ours, ...next(record) }
}

function command(key: string) {
  return { command: `keyrota explain ${quoteWord(key)}` }
}

function sayHold(key: string, hold: Hold | undefined): Pick<Judged, 'why' | 'command'> {
  if (!hold) return command(key)
  return { why: hold.detail, command: hold.command ?? `keyrota explain ${quoteWord(key)}` }
}

function next({ wakeAt }: KeyRecord): { nextAt?: number } {
  return wakeAt === null ? {} : { nextAt: wakeAt }
}
