/* `keyrota status` */

import type { Command } from 'commander'
import { deliveryOf, isTroubled, type NotifierStatus } from '../service/notify/delivery.ts'
import { readBeside } from '../service/read-beside.ts'
import { type KeyStatus, status } from '../service/status.ts'
import type { Application, Opened } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { linesOfNotifier } from './notifier-lines.ts'
import { formatDistance, formatInstant, paint, printResult } from './output.ts'
import { linesOfEvidence, linesOfSteps, linesOfUntil } from './step-lines.ts'
import { table } from './table.ts'
import { addCommon, type CommonOptions, looking, parseDuration, withOpened } from './verb.ts'
import { watch } from './watch.ts'

interface Options extends CommonOptions {
  check?: boolean
  watch?: number | true
}

type Shown = Pick<Opened, 'context'>

/** Names of keys that are paused in the same way. */
const SHOWN_PAUSED = 5
const DEFAULT_PAUSE_MS = 2_000

export function addStatus(program: Command, application: Application): void {
  const command = program
    .command('status')
    .description('show the state of every key; reads only the journal')
    .argument('[keys...]', 'names of keys (default: all)')
    .option('--check', 'exit with 4 if any key needs attention or is overdue, or a notifier fails')
    .option('-w, --watch [pause]', 'show it again and again, until Ctrl-C (default: every 2s)', parseDuration)
    .addHelpText(
      'after',
      '\nExamples:\n  keyrota status --watch\n  keyrota status --json | jq ".[] | select(.attention)"',
    )
  addCommon(command).action(async (keys: string[], options: Options) => {
    if (options.watch !== undefined && options.json)
      command.error('error: --watch and --json exclude each other: --json prints one document')
    process.exitCode = await withOpened(application, { ...options, quiet: true }, async (given, { stop }) => {
      const opened = { context: looking(given.context) }
      if (options.watch === undefined) return printOnce(opened, keys, options)
      const pauseMs = options.watch === true ? DEFAULT_PAUSE_MS : options.watch
      const { clock } = opened.context
      await watch(() => linesNow(opened, keys), { pauseMs, clock, stop })
      return exitCodes.done
    })
  })
}

async function printOnce(opened: Shown, keys: string[], options: Options): Promise<number> {
  const { context } = opened
  const now = context.clock.wallMs()
  const rows = await status(context, keys)
  const troubled = await troubledOf(opened, keys)
  printResult(options.json ?? false, rows, () => [...linesOf(rows, now), ...linesOfNotifiers(troubled, now)])
  const isWrong = troubled.length > 0 || rows.some((row) => row.attention || row.overdueSince !== null)
  return options.check && isWrong ? exitCodes.needsPerson : exitCodes.done
}

/** Who asks about some keys is told of nothing else. */
async function troubledOf({ context }: Shown, keys: readonly string[]): Promise<NotifierStatus[]> {
  if (keys.length > 0) return []
  const about = { what: 'how notifiers are', otherwise: [] }
  const rows = await readBeside(context, about, () => deliveryOf(context))
  return rows.filter((row) => isTroubled(row, context.clock.wallMs()))
}

function linesOfNotifiers(rows: readonly NotifierStatus[], now: number): string[] {
  if (rows.length === 0) return []
  return [
    paint('bold', 'notifiers:'),
    ...rows.flatMap((row) => linesOfNotifier(row, now)).map((line) => `  ${line}`),
  ]
}

async function linesNow(opened: Shown, keys: string[]): Promise<string[]> {
  const now = opened.context.clock.wallMs()
  const rows = await status(opened.context, keys)
  return [...linesOf(rows, now), ...linesOfNotifiers(await troubledOf(opened, keys), now)]
}

function linesOf(rows: readonly KeyStatus[], now: number): string[] {
  if (rows.length === 0) return ['the config has no keys']
  const cells = rows.map((row) => [
    row.key,
    row.environment,
    row.attention ? paint('red', row.state) : row.state,
    fingerprintOf(row),
    row.current && row.current.sinceFrom !== 'spread' ? formatDistance(row.current.since - now) : 'unknown',
    row.next.at === null ? '-' : formatInstant(row.next.at),
  ])
  return [
    ...table(['KEY', 'ENVIRONMENT', 'STATE', 'FINGERPRINT', 'CREATED', 'NEXT'], cells),
    ...linesOfPauses(rows),
    ...rows.flatMap(detailsOf),
  ]
}

/** Each pause once: that of all keys holds thousands. */
function linesOfPauses(rows: readonly KeyStatus[]): string[] {
  const pauses = Map.groupBy(rows, ({ paused }) => paused)
  return [...pauses].flatMap(([paused, some]) => {
    if (paused === null) return []
    const names = some.slice(0, SHOWN_PAUSED).map(({ key }) => key)
    const more = some.length - names.length
    return [`${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${paused}`]
  })
}

/** While both keys are valid: `old → new`. */
function fingerprintOf({ current, rotation }: KeyStatus): string {
  const { from, to } = rotation?.keys ?? { from: current?.fingerprint ?? null, to: null }
  return to === null ? (from ?? '-') : `${from ?? 'none'} → ${to}`
}

function detailsOf(row: KeyStatus): string[] {
  const hold = row.rotation?.hold
  const standing = row.rotation?.standing ?? 'active'
  const lines = hold ? [`  ${hold.detail}`, ...linesOfEvidence(hold), ...linesOfUntil(hold, standing)] : []
  for (const target of row.targets) {
    // What it holds is among the next steps.
    if (!row.rotation || target.holds === 'current' || target.holds === 'new' || target.holds === 'not read')
      continue
    lines.push(`  ${target.id} is ${target.holds}${target.why ? `: ${target.why}` : ''}`)
  }
  for (const { kind, text, policy } of row.usage) if (policy === 'tell') lines.push(`  use, ${kind}: ${text}`)
  lines.push(...linesOfSteps(row.steps, hold))
  return lines.length > 0 ? [`${paint('bold', row.key)}:`, ...lines] : []
}
