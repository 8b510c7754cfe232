/** What people were told of one key or campaign, and the messages about it that are not delivered yet: one document. */
import { createHash } from 'node:crypto'
import type { DocumentId } from '../../contracts/documents.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'

export const KIND = 'message'

export interface Subject {
  about: { key?: string; campaign?: string }
  /** By the kind of the event. */
  told: Record<string, Told>
  /** In the order in which they were made. */
  queue: Message[]
  /** Messages that were given up, by the name of the notifier. */
  dropped: Record<string, number>
}

export interface Told {
  level: NotifyEvent['level']
  stage: string
  at: number
  to: string[]
  /** It is in the record, which shows when it is over. */
  isKept?: true
  message: string
}

export interface Message {
  id: string
  notifier: string
  event: NotifyEvent
  at: number
  /** Not before this time: this message was refused. */
  nextAt?: number
  /** This process is sending it, until then at most. */
  until?: number
  by?: string
}

export function newSubject(about: Subject['about']): Subject {
  return { about, told: {}, queue: [], dropped: {} }
}

export function aboutOf({ key, campaign }: Pick<NotifyEvent, 'key' | 'campaign'>): Subject['about'] {
  if (key !== undefined) return { key }
  return campaign === undefined ? {} : { campaign }
}

/** Names of keys have more characters than a document's name may have. */
export function idOf({ key, campaign }: Subject['about']): DocumentId {
  const [kind, name] = key === undefined ? ['campaign', campaign ?? ''] : ['key', key]
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32)
  return { kind: KIND, name: `${kind}.${digest}` }
}
