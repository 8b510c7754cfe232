/* `keyrota leaked` */

import type { Command } from 'commander'
import type { Attended } from '../engine/attend.ts'
import { type Identified, identifyLeak, type Leak } from '../service/leaks/identify.ts'
import { resultOf } from '../service/outcome.ts'
import type { Application, Opened } from './application.ts'
import { documentOf, linesOf } from './attended.ts'
import { codeOf, exitCodeOf, exitCodes } from './exit-codes.ts'
import { paint, printResult } from './output.ts'
import { askHidden, askYes, readStdinBytes } from './prompts.ts'
import { rotateHere } from './rotate.ts'
import { describeState } from './value-states.ts'
import { addCommon, addWait, type CommonOptions, parseDuration, type Run, withOpened } from './verb.ts'

interface Options extends CommonOptions {
  rotate?: boolean
  /** As it was typed, to be printed in a command. */
  killBy?: string
  reason?: string
}

export function addLeaked(program: Command, application: Application): void {
  const command = program
    .command('leaked')
    .description(
      'identify a value that leaked, read from stdin in whatever form it was found, and rotate its key',
    )
    .option('--rotate', 'start the rotation of each key that it opens, without asking')
    .option(
      '--kill-by <duration>',
      'revoke the leaked key after this long, even if it is still in use',
      checkDuration,
    )
    .option('--reason <text>', 'kept with the rotation')
    .addHelpText(
      'after',
      '\nExample:\n  pbpaste | keyrota leaked --rotate --kill-by 15m --reason "found in a log"',
    )
  addWait(addCommon(command)).action(async (options: Options) => {
    process.exitCode = await withOpened(application, options, async (opened, run) => {
      const pasted = await readPasted()
      if (pasted.length === 0) return command.error('error: no value given', { exitCode: exitCodes.usage })
      const found = await identifyLeak(opened.context, pasted, options)
      if (!options.json) printResult(false, found, () => linesOfLeaks(found))
      const rotated = (await isToRotate(found, options)) ? await rotateAll(opened, run, found, options) : []
      return printEnd(opened, { found, rotated, json: options.json ?? false })
    })
  })
}

function checkDuration(text: string): string {
  parseDuration(text)
  return text
}

async function readPasted(): Promise<Buffer> {
  return process.stdin.isTTY ? Buffer.from((await askHidden('Leaked value')) ?? '') : await readStdinBytes()
}

/** The keys whose rotation ends what leaked. */
function keysToRotate({ matches }: Identified): Leak[] {
  const first = new Map(matches.filter(({ leaked }) => leaked !== null).map((leak) => [leak.key, leak]))
  return [...first.values()]
}

async function isToRotate(found: Identified, options: Options): Promise<boolean> {
  const keys = keysToRotate(found).map(({ key }) => key)
  if (keys.length === 0) return false
  if (options.rotate) return true
  if (options.json || !process.stdin.isTTY) return false
  return await askYes(`Replace ${keys.join(', ')} and revoke what leaked, without an overlap?`)
}

async function rotateAll(opened: Opened, run: Run, found: Identified, options: Options): Promise<Attended[]> {
  const { killBy, reason, json } = options
  const rotated: Attended[] = []
  for (const { key, leaked } of keysToRotate(found)) {
    if (run.stop.aborted) break
    const attended = await rotateHere(opened, run, {
      ...{ key, compromised: true, ...(json ? { json } : {}) },
      ...(leaked ? { leaked } : {}),
      ...(killBy === undefined ? {} : { killBy: parseDuration(killBy) }),
      ...(reason === undefined ? {} : { reason }),
    })
    rotated.push(attended)
  }
  return rotated
}

function printEnd(
  { context }: Opened,
  { found, rotated, json }: { found: Identified; rotated: Attended[]; json: boolean },
): number {
  const now = context.clock.wallMs()
  const document = { ...found, rotated: rotated.map((one) => documentOf(one, now, true)) }
  printResult(json, document, () => rotated.flatMap(linesOf))
  const isLeft = found.matches.some(
    ({ lives, leaked, key }) =>
      lives !== 'no' && (leaked === null || !rotated.some((one) => one.key === key)),
  )
  return exitCodeOf([
    ...rotated.map((one) => codeOf(resultOf(one, now, true))),
    isLeft ? exitCodes.needsPerson : exitCodes.done,
  ])
}

function linesOfLeaks({ compared, readings, matches }: Identified): string[] {
  const what = `${readings} ${readings === 1 ? 'reading' : 'readings'} of it with ${compared.fingerprints} fingerprints of ${compared.keys} keys`
  if (compared.keys === 0)
    return ['the journal knows no key yet, so nothing was compared; see: keyrota status']
  if (matches.length === 0) return [`no managed key has, or had, this value: compared ${what}`]
  return [`compared ${what}`, ...matches.flatMap(linesOfLeak)]
}

function linesOfLeak(leak: Leak): string[] {
  const { key, lives, environment, service, owner, issuer, consumers, places, forms, step } = leak
  const colour = lives === 'no' ? 'green' : 'red'
  const read = forms.filter((form) => form !== 'raw')
  return [
    `${key}: ${paint(colour, describeState(leak))} (${leak.fingerprint}${leak.part ? `, part ${leak.part}` : ''}${read.length > 0 ? `, read as ${read.join(', ')}` : ''})`,
    `  opens ${issuer ?? 'an issuer that the config no longer has'} for ${service ?? 'an unknown service'} in ${environment ?? 'an unknown environment'}, owner ${owner ?? 'unknown'}`,
    ...((leak.name ?? leak.id) ? [`  at the issuer: ${leak.name ?? leak.id}`] : []),
    ...places.map((place) => `  in ${place}`),
    ...(consumers.length > 0 && lives !== 'no' ? [`  used by ${consumers.join(', ')}`] : []),
    ...(step
      ? [`  next: ${paint('bold', step.command)}`, `    ${paint('dim', step.does)}`]
      : [
          '  nothing has to be done',
          ...(leak.rotation ? [`  proof: keyrota explain ${leak.rotation}`] : []),
        ]),
  ]
}
