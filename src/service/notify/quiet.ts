/** What people are told, by what they were told before: once for each key and reason, until it changes or is over. */
import type { NotifyRules } from '../../contracts/config.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import { isAtLeast, type KeyFacts, recipientsOf } from './routes.ts'
import { type Message, newSubject, type Subject } from './subject.ts'
import type { Trouble } from './troubles.ts'

/** Beyond so many messages about one key that nobody has received, the least important is given up. */
const MOST_QUEUED = 50
const MOST_BYTES = 256 * 1024
/** What is told by events alone is forgotten after this time, so that it is told again; and beyond so many kinds. */
const REMEMBERED_MS = 30 * 86_400_000
const MOST_KINDS = 50
const LONGEST = { message: 1_000, command: 500, evidence: 300 }
const MOST_EVIDENCE = 5

export interface By {
  readonly rules: NotifyRules
  readonly key: KeyFacts | undefined
  readonly now: number
  /** Names a new message. */
  readonly makeId: () => string
}

type About = Subject['about']

/**
 * Compares what is wrong with a key now with what people were told.
 * @returns the subject with the messages to send; undefined: there is nothing to tell.
 */
export function takeTroubles(
  known: Subject | null,
  about: About,
  troubles: readonly Trouble[],
  by: By,
): Subject | undefined {
  const subject = known ? structuredClone(known) : newSubject(about)
  let isChanged = false
  for (const trouble of troubles) {
    const { isEscalated = false, stage, ...said } = trouble
    if (!isNews(subject, trouble)) continue
    isChanged = true
    send(subject, { at: by.now, ...subject.about, ...said }, { stage, isEscalated, isKept: true }, by)
  }
  const present = new Set(troubles.map(({ kind }) => kind))
  for (const [kind, told] of Object.entries(subject.told)) {
    if (!told.isKept || present.has(kind)) continue
    isChanged = true
    end(subject, { at: by.now, level: 'info', ...subject.about, kind, message: told.message }, by)
  }
  return isChanged ? subject : undefined
}

/** The same for one event that no record shows. */
export function takeEvent(
  known: Subject | null,
  about: About,
  event: NotifyEvent,
  by: By,
): Subject | undefined {
  const subject = known ? structuredClone(known) : newSubject(about)
  forget(subject, by.now)
  if (event.isOver) {
    if (!Object.hasOwn(subject.told, event.kind)) return undefined
    end(subject, event, by)
    return subject
  }
  const stage = `${event.rotation ?? ''} ${classOf(event.message)}`
  if (!isNews(subject, { ...event, stage })) return undefined
  send(subject, event, { stage }, by)
  return subject
}

/** Whether an event reaches anybody at all, so that one that does not costs nothing. */
export function isWanted(event: NotifyEvent, { rules, key }: Pick<By, 'rules' | 'key'>): boolean {
  return event.isOver === true || recipientsOf(event, rules, { key, isEscalated: true }).length > 0
}

/** The same sentence with other numbers, times or fingerprints is the same message. */
export function classOf(message: string): string {
  return message.replace(/\b(?=[\w:.-]*\d)[\w:.-]+/g, '#').slice(0, 200)
}

function isNews(
  { told }: Subject,
  { kind, level, stage }: Pick<Trouble, 'kind' | 'level' | 'stage'>,
): boolean {
  const before = Object.hasOwn(told, kind) ? told[kind] : undefined
  if (!before) return true
  return before.stage !== stage || !isAtLeast(before.level, level)
}

interface How {
  stage: string
  isEscalated?: boolean
  isKept?: true
}

function send(
  subject: Subject,
  event: NotifyEvent,
  { stage, isEscalated = false, isKept }: How,
  by: By,
): void {
  const before = Object.hasOwn(subject.told, event.kind) ? subject.told[event.kind] : undefined
  // The alert of a pager is open until it is resolved: only a higher level is news there.
  const hasAlert = (name: string) =>
    by.rules.notifiers[name]?.isPager && before?.to.includes(name) && isAtLeast(before.level, event.level)
  const to = recipientsOf(event, by.rules, { key: by.key, isEscalated }).filter((name) => !hasAlert(name))
  subject.told[event.kind] = {
    level: event.level,
    stage,
    at: by.now,
    to: [...new Set([...(before?.to ?? []), ...to])],
    message: shorten(event.message, 300),
    ...(isKept ? { isKept } : {}),
  }
  for (const notifier of to) push(subject, { notifier, event: bound(event) }, by)
}

/** The end of an alarm is told to whoever was told of it; of a warning only a pager needs to know. */
function end(subject: Subject, event: NotifyEvent, by: By): void {
  const told = subject.told[event.kind]
  delete subject.told[event.kind]
  if (!told) return
  const to = told.to.filter((name) => {
    const traits = by.rules.notifiers[name]
    return traits !== undefined && (traits.isPager || told.level === 'alarm')
  })
  const over: NotifyEvent = { ...bound(event), level: 'info', isOver: true }
  for (const notifier of to) push(subject, { notifier, event: over }, by)
}

function push(subject: Subject, message: Pick<Message, 'notifier' | 'event'>, by: By): void {
  subject.queue.push({ id: by.makeId(), at: by.now, ...message })
  while (subject.queue.length > MOST_QUEUED || bytesOf(subject) > MOST_BYTES)
    giveUp(subject, inOrderOfLoss(subject.queue)[0])
}

function bytesOf({ queue }: Subject): number {
  return Buffer.byteLength(JSON.stringify(queue))
}

/** The least important first, and of those the oldest. */
export function inOrderOfLoss(queue: readonly Message[]): Message[] {
  const order = ['info', 'warning', 'alarm']
  return queue.toSorted((a, b) => order.indexOf(a.event.level) - order.indexOf(b.event.level) || a.at - b.at)
}

/** Takes a message out that nobody will receive, and counts it. */
export function giveUp(subject: Subject, message: Message | undefined): void {
  if (!message) return
  subject.queue = subject.queue.filter(({ id }) => id !== message.id)
  subject.dropped[message.notifier] = (subject.dropped[message.notifier] ?? 0) + 1
}

function forget(subject: Subject, now: number): void {
  const old = Object.entries(subject.told)
    .filter(([, { isKept }]) => !isKept)
    .toSorted(([, a], [, b]) => a.at - b.at)
  for (const [index, [kind, { at }]] of old.entries())
    if (at < now - REMEMBERED_MS || index < old.length - MOST_KINDS) delete subject.told[kind]
}

/** Only the fields of an event, each within bounds. */
function bound(event: NotifyEvent): NotifyEvent {
  const { at, level, key, campaign, rotation, kind, isOver, message, command, evidence } = event
  return {
    ...{ at, level, kind, message: shorten(message, LONGEST.message) },
    ...(key === undefined ? {} : { key }),
    ...(campaign === undefined ? {} : { campaign }),
    ...(rotation === undefined ? {} : { rotation }),
    ...(isOver ? { isOver } : {}),
    ...(command === undefined ? {} : { command: shorten(command, LONGEST.command) }),
    ...(evidence && evidence.length > 0
      ? { evidence: evidence.slice(0, MOST_EVIDENCE).map((line) => shorten(line, LONGEST.evidence)) }
      : {}),
  }
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
