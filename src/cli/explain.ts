/* `keyrota explain` */

import type { Command } from 'commander'
import type { KeyRecord } from '../contracts/record.ts'
import type { Finding } from '../contracts/usage.ts'
import { explain } from '../service/explain.ts'
import { nextStepsOf } from '../service/next-steps.ts'
import type { Application } from './application.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { linesOfEvidence, linesOfSteps } from './step-lines.ts'
import { addCommon, type CommonOptions, looking, withOpened } from './verb.ts'

/** Below the time of the entry. */
const INDENT = ' '.repeat(22)

export function addExplain(program: Command, application: Application): void {
  const command = program
    .command('explain')
    .description('show the timeline of a key or a rotation with its evidence; reads only the journal')
    .argument('<key-or-rotation>', 'key name or rotation id')
    .addHelpText(
      'after',
      '\nExamples:\n  keyrota explain renderer-prod\n  keyrota explain 20261122-k7f3qa --json',
    )
  addCommon(command).action(async (what: string, options: CommonOptions) => {
    await withOpened(application, { ...options, quiet: true }, async (opened) => {
      const timeline = await explain(looking(opened.context), what)
      printResult(options.json ?? false, timeline, () => [
        paint('bold', `${timeline.key}${timeline.rotation ? `, rotation ${timeline.rotation}` : ''}`),
        ...timeline.entries.flatMap((entry) => [
          `${formatInstant(entry.at)}  ${entry.kind.padEnd(12)}  ${entry.text}`,
          ...linesOfData(entry.data),
        ]),
        ...linesOfHold(timeline.record),
        ...timeline.findings.flatMap(linesOfFinding),
        ...(timeline.truncated
          ? ['… more entries: run keyrota explain <rotation> for one rotation at a time']
          : []),
      ])
    })
  })
}

/** The evidence of an entry: one line for each part that says something, lists and verdicts in words. */
function linesOfData(data: Record<string, unknown> = {}): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    // The entry itself names the step, and what is empty says nothing.
    if (name === 'step' || isEmpty(value)) return []
    return [paint('dim', `${INDENT}${name}: ${describeValue(value)}`)]
  })
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(describeValue).join('; ')
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).filter(([, part]) => !isEmpty(part))
  return parts.map(([name, part]) => `${name} ${describeValue(part)}`).join(', ')
}

function linesOfFinding({ since, kind, text, numbers, by, overAt, acceptedAt }: Finding): string[] {
  const state = overAt ? `, over since ${formatInstant(overAt)}` : acceptedAt ? ', accepted' : ''
  return [
    `${formatInstant(since)}  ${`use: ${kind}`.padEnd(12)}  ${text}${state}`,
    ...linesOfData({ numbers, by }),
  ]
}

/** What it waits for now: the trail has the changes, the record what was last seen. */
function linesOfHold(record: KeyRecord | null): string[] {
  if (!record) return []
  const hold = record.rotation?.hold
  const now = hold ? [paint('bold', `now: ${hold.detail}`), ...linesOfEvidence(hold)] : []
  return [...now, ...linesOfSteps(nextStepsOf(record), hold)]
}
