/* An event as it may leave this machine: only the fields of the contract, within bounds, and nothing in them that hides. */

import type { NotifyEvent } from '../../../src/contracts/notifier.ts'

/** Longer texts are truncated, so that no service refuses the message for its length. */
const MAX_TEXT_LENGTH = 1_000
const MAX_EVIDENCE = 5

/**
 * Characters that JSON does not escape but that a terminal or viewer interprets or hides: delete and the C1 controls,
 * soft hyphen, zero-width and bidirectional marks, line and paragraph separators, the byte order mark.
 */
const HIDING = '\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff'
const hiding = new RegExp(`[${HIDING}]`, 'g')
const interpreted = new RegExp(`[\\u0000-\\u001f${HIDING}]`, 'g')

/** The fields of the contract, with texts of at most `longest` characters. */
export function pickFields(event: NotifyEvent, longest: number = MAX_TEXT_LENGTH): NotifyEvent {
  const { at, level, key, campaign, rotation, kind, isOver, message, command, evidence } = event
  const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text)
  return {
    ...{ at, level, kind: cut(kind), message: cut(message) },
    ...(key === undefined ? {} : { key: cut(key) }),
    ...(campaign === undefined ? {} : { campaign: cut(campaign) }),
    ...(rotation === undefined ? {} : { rotation: cut(rotation) }),
    ...(isOver ? { isOver } : {}),
    ...(command === undefined ? {} : { command: cut(command) }),
    ...(evidence && evidence.length > 0 ? { evidence: evidence.slice(0, MAX_EVIDENCE).map(cut) } : {}),
  }
}

/** The same with whatever could be interpreted or hidden written as `\u…`, for texts that people read. */
export function cleanEvent(event: NotifyEvent): NotifyEvent {
  const picked = pickFields(event)
  const entries = Object.entries(picked).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.map(cleanText)]
    return [name, typeof value === 'string' ? cleanText(value) : value]
  })
  return Object.fromEntries(entries) as NotifyEvent
}

function cleanText(text: string): string {
  return text.replace(interpreted, writeOut)
}

/** JSON in which nothing hides; it reads back as the same. */
export function toSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(hiding, writeOut)
}

function writeOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What it is about, in a few words. */
export function subjectOf({ level, key, campaign, isOver }: NotifyEvent): string {
  const about = key ?? (campaign === undefined ? 'keyrota' : `campaign ${campaign}`)
  return `${isOver ? 'over' : level}: ${about}`
}

/** Names and values of what a person may want to look up; each has a value. */
export function factsOf(event: NotifyEvent): [name: string, value: string][] {
  const { at, level, key, campaign, rotation, kind } = event
  const facts: [string, string | undefined][] = [
    ['key', key],
    ['campaign', campaign],
    ['reason', kind],
    ['level', level],
    ['rotation', rotation],
    ['time', new Date(at).toISOString()],
  ]
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}
