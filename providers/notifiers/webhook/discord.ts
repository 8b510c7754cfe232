/* An event as Discord's webhooks take it: one embed, in which nothing is Markdown and nobody is called. */

import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { factsOf, subjectOf } from '../../shared/notifier/clean-event.ts'

const colours = { info: 0x95a5a6, warning: 0xf1c40f, alarm: 0xe74c3c } as const
const OVER = 0x2ecc71
/** Discord's own limits: of a title, a field, and of all texts of an embed together. */
const TITLE_LENGTH = 256
const FIELD_LENGTH = 1_024
const DESCRIPTION_LENGTH = 2_500

export function toDiscord(event: NotifyEvent) {
  const { at, level, isOver, message, command, evidence = [] } = event
  const lines = [escapeMarkup(message), ...evidence.map((text) => `• ${escapeMarkup(text)}`)]
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(escapeMarkup(subjectOf(event)), TITLE_LENGTH),
        description: cut(lines.join('\n'), DESCRIPTION_LENGTH),
        color: isOver ? OVER : colours[level],
        timestamp: new Date(at).toISOString(),
        fields: [
          ...factsOf(event).map(([name, value]) => ({
            name,
            value: cut(escapeMarkup(value), 200),
            inline: true,
          })),
          ...(command === undefined ? [] : [{ name: 'next', value: code(command), inline: false }]),
        ],
      },
    ],
  }
}

/** Within a block of code only its own end is special. */
function code(text: string): string {
  return `\`\`\`\n${cut(text.replaceAll('`', "'"), FIELD_LENGTH - 10)}\n\`\`\``
}

function escapeMarkup(text: string): string {
  return text.replace(/[\\*_~`|>#[\]()<]/g, (character) => `\\${character}`)
}

/** A backslash at the cut would escape what follows. */
function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1).replace(/\\+$/, '')}…` : text
}
