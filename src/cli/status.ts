/* `keyrota status` */

import type { Command } from 'commander'
import { type KeyStatus, status } from '../service/status.ts'
import type { Application } from './application.ts'
import { formatDistance, formatInstant, paint, printResult, table } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addStatus(program: Command, application: Application): void {
  const command = program
    .command('status')
    .description('show the state of every key')
    .argument('[keys...]', 'names of keys (default: all)')
    .option('--check', 'exit with 4 if any key needs attention')
    .addHelpText('after', '\nExample:\n  keyrota status --json')
  addCommon(command).action(async (keys: string[], options: CommonOptions & { check?: boolean }) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const rows = await status(opened.context, keys)
      printResult(options.json ?? false, rows, () => linesOf(rows, opened.context.clock.wallMs()))
      return options.check && rows.some((row) => row.attention) ? 4 : 0
    })
  })
}

function linesOf(rows: readonly KeyStatus[], now: number): string[] {
  const cells = rows.map((row) => [
    row.key,
    row.environment,
    row.attention ? paint('red', row.state) : row.state,
    row.current ? row.current.fingerprint : '-',
    row.current && row.current.sinceFrom !== 'spread' ? formatDistance(row.current.since - now) : 'unknown',
    row.next.at === null ? '-' : formatInstant(row.next.at),
  ])
  return [
    ...table(['KEY', 'ENVIRONMENT', 'STATE', 'FINGERPRINT', 'CREATED', 'NEXT'], cells),
    ...rows.flatMap(detailsOf),
  ]
}

function detailsOf(row: KeyStatus): string[] {
  const lines: string[] = []
  const hold = row.rotation?.hold
  if (hold) lines.push(`${row.key}: ${hold.detail}`, ...(hold.command ? [`  next: ${hold.command}`] : []))
  for (const target of row.targets) {
    if (target.holds === 'current' || target.holds === 'new' || target.holds === 'not read') continue
    lines.push(`${row.key}: ${target.id} is ${target.holds}${target.why ? `: ${target.why}` : ''}`)
  }
  for (const debt of row.debts) lines.push(`${row.key}: delete ${debt.name} at the issuer: ${debt.why}`)
  for (const violation of row.violations) lines.push(`${row.key}: ${violation.kind}: ${violation.detail}`)
  return lines
}
