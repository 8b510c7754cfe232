/* `keyrota scan` */

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { quoteWord } from '../contracts/shell-word.ts'
import type { KnownValue } from '../service/leaks/known-values.ts'
import { type Place, type ScanReport, type ScanRequest, scan } from '../service/leaks/scan.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { describeState } from './value-states.ts'
import { addCommon, addProgress, type CommonOptions, withOpened } from './verb.ts'

interface Options extends CommonOptions {
  git?: string
}

/** What `--git` calls everything that a ref or a reflog reaches. */
const EVERYTHING = 'all'
/** Skipped files that are listed for people; `--json` has more. */
const MAX_SKIPPED_LINES = 20

export function addScan(program: Command, application: Application): void {
  const command = program
    .command('scan')
    .description('search files, archives, a git history or stdin for managed keys; prints nothing of a value')
    .argument('[what...]', 'files and folders, a range of git such as HEAD~50.., or - for stdin')
    .option(
      '--git <range>',
      `search the history of the repositories that are named (default: here); ${EVERYTHING}: all of it`,
    )
    .addHelpText('after', describeLimits())
  addProgress(addCommon(command)).action(async (what: string[], options: Options) => {
    if (what.length === 0 && options.git === undefined)
      command.error('error: name what to search: files, folders, a range of git, or -', {
        exitCode: exitCodes.usage,
      })
    const request = readRequest(command, what, options)
    process.exitCode = await withOpened(application, options, async ({ context }, { progress }) => {
      const report = await progress.during('scan', 'searching', () => scan(context, request))
      printResult(options.json ?? false, report, () => linesOf(report))
      return report.findings.some(isAlive) ? exitCodes.needsPerson : exitCodes.done
    })
  })
}

function describeLimits(): string {
  return `
Found are values as they are, in base64, hex, URL encoding and the escapes of JSON, also
in each other, in text, gzip, zstd, tar and zip. Out of reach are a value that is split over
lines or put together by a program, one with blanks in it, and what is encrypted.

Example:
  keyrota scan ./logs backup.tgz
  keyrota scan --git ${EVERYTHING} .`
}

/** A word that is no file and looks like a range is one. */
function readRequest(command: Command, what: readonly string[], { git }: Options): ScanRequest {
  if (git !== undefined) {
    const range = git === EVERYTHING ? null : git
    const folders = what.length > 0 ? what : ['.']
    return { paths: [], histories: folders.map((folder) => ({ folder, range })) }
  }
  const isRange = (word: string) => word.includes('..') && !existsSync(word)
  const ranges = what.filter(isRange)
  const paths = what.filter((word) => word !== '-' && !isRange(word))
  const missing = paths.find((path) => !existsSync(path))
  if (missing !== undefined)
    command.error('error: a file or folder that was named does not exist', { exitCode: exitCodes.usage })
  return {
    paths,
    histories: ranges.map((range) => ({ folder: '.', range })),
    ...(what.includes('-') ? { stream: process.stdin as AsyncIterable<Buffer> } : {}),
  }
}

/** A value that opens something, or may. */
function isAlive({ values }: Place): boolean {
  return values.some(({ lives }) => lives !== 'no')
}

function linesOf(report: ScanReport): string[] {
  const { counts, findings, compared, control, skipped, isStopped } = report
  const left = counts.findings - findings.length
  const skips = Object.entries(counts.skipped)
  const searched = `searched ${counts.sources} sources, ${formatBytes(counts.bytes)}, ${counts.tokens} tokens for ${compared.fingerprints} fingerprints of ${compared.keys} keys`
  return [
    ...findings.flatMap(linesOfPlace),
    ...(left > 0 ? [`and ${left} more places`] : []),
    ...(counts.findings === 0 ? ['no value of a managed key was found'] : []),
    searched,
    `control: a made-up value was found as ${control.join(', ')}`,
    ...(isStopped ? [paint('red', 'stopped before the end: the rest was not searched')] : []),
    ...(skips.length > 0
      ? [`not looked at: ${skips.map(([why, count]) => `${count} ${why}`).join(', ')}`]
      : []),
    ...skipped
      .slice(0, MAX_SKIPPED_LINES)
      .map(({ source, why, detail }) => `  ${source}: ${why} (${detail})`),
    ...(skipped.length > MAX_SKIPPED_LINES ? ['  … the others: --json'] : []),
  ]
}

function linesOfPlace(place: Place): string[] {
  const { source, line, offset, form, fingerprint, commit, values } = place
  const where = line === null ? `${source} (in its name)` : `${source}:${line} (byte ${offset})`
  const how = form === 'raw' ? '' : `, as ${form}`
  const since = commit ? `, since commit ${commit.id.slice(0, 12)} of ${formatInstant(commit.at)}` : ''
  return [
    `${where}: ${fingerprint}${how}${since}`,
    ...values.map((value) => {
      const colour = value.lives === 'no' ? 'green' : 'red'
      return `  ${value.key}: ${paint(colour, describeState(value))}`
    }),
    ...values.flatMap(linesOfNext),
  ]
}

/** `leaked` tells what to do about a value that no rotation ends. */
function linesOfNext({ key, lives, leaked }: KnownValue): string[] {
  if (lives === 'no') return []
  const command =
    leaked === null ? 'keyrota leaked' : `keyrota rotate ${quoteWord(key)} --compromised --leaked ${leaked}`
  return [`  next: ${paint('bold', command)}`]
}

function formatBytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3))
  return power === 0 ? `${count} bytes` : `${(count / 1_000 ** power).toFixed(1)} ${units[power]}`
}
