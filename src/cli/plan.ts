/* `keyrota plan` */

import { type Command, InvalidArgumentError } from 'commander'
import type { NextStarts } from '../schedule/next-starts.ts'
import { type PlannedKey, plan, planNext } from '../service/plan.ts'
import type { Application } from './application.ts'
import { formatInstant, printResult } from './output.ts'
import { table } from './table.ts'
import { addCommon, type CommonOptions, looking, withOpened } from './verb.ts'

const MOST_STARTS = 1_000

export function addPlan(program: Command, application: Application): void {
  const command = program
    .command('plan')
    .description('show what is due, the steps it would take, and the next dates; changes nothing')
    .argument('[keys...]', 'names of keys (default: all)')
    .option(
      '--next <count>',
      'the rotations that start next, and what windows, blackouts, pauses and limits move',
      parseCount,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  keyrota plan\n  keyrota plan --next 10\n  keyrota plan renderer-prod --next 4',
    )
  addCommon(command).action(async (keys: string[], options: CommonOptions & { next?: number }) => {
    await withOpened(application, { ...options, quiet: true }, async (opened) => {
      const context = looking(opened.context)
      const isJson = options.json ?? false
      if (options.next !== undefined) {
        const next = await planNext(context, keys, options.next)
        printResult(isJson, next, () => linesOfNext(next))
        return
      }
      const planned = await plan(context, keys)
      printResult(isJson, planned, () => linesOf(planned))
    })
  })
}

function linesOf(planned: readonly PlannedKey[]): string[] {
  return [
    ...table(
      ['KEY', 'DUE', 'WHEN', 'WHY'],
      planned.map((one) => [
        one.key,
        one.due ? 'now' : '',
        one.at === null ? '-' : formatInstant(one.at),
        one.why,
      ]),
    ),
    ...planned
      .filter((one) => one.steps.length > 0)
      .flatMap((one) => [`${one.key}:`, ...one.steps.map((step, index) => `  ${index + 1}. ${step}`)]),
  ]
}

function linesOfNext({ starts, undated }: NextStarts): string[] {
  return [
    ...table(
      ['WHEN', 'KEY', 'REASON', 'MOVED FROM', 'WHY'],
      starts.map(({ at, key, reason, why, moved }) => [
        formatInstant(at),
        key,
        reason,
        moved ? formatInstant(moved.plannedAt) : '',
        moved ? `${why}; ${moved.by}` : why,
      ]),
    ),
    ...undated.map(({ key, why }) => `${key}: no date; ${why}`),
  ]
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,4}$/.test(text) && count >= 1 && count <= MOST_STARTS) return count
  throw new InvalidArgumentError(`Expected a number from 1 to ${MOST_STARTS}.`)
}
