/* An event as a Workflow of Microsoft Teams takes it: an Adaptive Card, of text runs alone, which have no Markdown. */

import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import { factsOf, subjectOf } from '../../shared/notifier/clean-event.ts'

const colours = { info: 'Default', warning: 'Warning', alarm: 'Attention' } as const

export function toTeams(event: NotifyEvent) {
  const { level, isOver, message, command, evidence = [] } = event
  const color = isOver ? 'Good' : colours[level]
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            line({ text: subjectOf(event), weight: 'Bolder', size: 'Medium', color }),
            line({ text: message }),
            ...factsOf(event).map(([name, value]) =>
              line({ text: `${name}: `, weight: 'Bolder' }, { text: value }),
            ),
            ...(command === undefined ? [] : [line({ text: command, fontType: 'Monospace' })]),
            ...evidence.map((text) => line({ text, isSubtle: true })),
          ],
        },
      },
    ],
  }
}

interface Run {
  text: string
  weight?: 'Bolder'
  size?: 'Medium'
  color?: string
  fontType?: 'Monospace'
  isSubtle?: true
}

function line(...runs: Run[]) {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) }
}
