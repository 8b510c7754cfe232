/* An event as Slack's incoming webhooks take it. All texts are plain: nothing in them is a link or calls a person. */

import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { factsOf, subjectOf } from '../../shared/notifier/clean-event.ts'

const HEADER_LENGTH = 150

export function toSlack(event: NotifyEvent) {
  const { message, command, evidence = [] } = event
  return {
    // What a notification shows; the one text that Slack interprets.
    text: escapeMarkup(`${subjectOf(event)}: ${message}`),
    blocks: [
      { type: 'header', text: plain(subjectOf(event).slice(0, HEADER_LENGTH)) },
      { type: 'section', text: plain(message) },
      { type: 'section', fields: factsOf(event).map(([name, value]) => plain(`${name}\n${value}`)) },
      ...(command === undefined ? [] : [preformatted(command)]),
      ...(evidence.length === 0 ? [] : [{ type: 'context', elements: evidence.map(plain) }]),
    ],
  }
}

function plain(text: string) {
  return { type: 'plain_text', text, emoji: false }
}

function preformatted(text: string) {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  }
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
