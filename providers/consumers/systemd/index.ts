/* Consumer `systemd`: a service unit on this machine, restarted and judged by systemctl. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { type Command, runCommand } from '../../shared/command/run.ts'
import { readReport } from '../../shared/consumer/report.ts'
import type { Options } from './options.ts'
import { findOldestStart } from './started.ts'
import { judgeUnit, PROPERTIES, readUnit, type Unit } from './unit.ts'

/** What systemctl and the program that reports a fingerprint find in their environment, besides the mark. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  SYSTEMD_COLORS: '0',
}

/** Where the bus of a user's own service manager is found. */
const USER_NAMES = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'] as const

/** Exit codes of systemctl that a repeat does not change (LSB). */
const DENIED = 4
const NO_SUCH_UNIT = 5

export function make(options: Options, context: ProviderContext): Consumer {
  const { name } = context
  const consumer: Consumer = {
    async ready({ mark }, call) {
      const unit = await show(options, name, mark, call)
      const readiness = judgeUnit(unit)
      if (readiness.is !== 'ready') return readiness
      const proved = { ...readiness, ...(await findStart(options, unit)) }
      return await addFingerprint(options, name, mark, proved, call)
    },
  }
  if (options.restart !== 'never') consumer.restart = (mark, call) => restart(options, name, mark, call)
  return consumer
}

/**
 * Asks for the restart and does not wait for it: what became of it, `ready` finds out. A unit that nobody enabled, or that
 * a person stopped, is started as well; reloading one that does not run fails.
 */
async function restart(options: Options, name: string, mark: string, call: Call): Promise<void> {
  const verb = options.restart
  const words = [...systemctl(options), '--no-ask-password', '--no-block', verb, '--', options.unit]
  const { exitCode } = await runCommand(toCommand(options, name, { verb, words, mark, reads: false }), call)
  if (exitCode !== 0) throw toRefusal(options, name, exitCode)
}

async function show(options: Options, name: string, mark: string, call: Call): Promise<Unit> {
  const words = [...systemctl(options), 'show', `--property=${PROPERTIES.join(',')}`, '--', options.unit]
  const ended = await runCommand(toCommand(options, name, { verb: 'show', words, mark, reads: true }), call)
  const unit = ended.exitCode === 0 ? readUnit(ended.output) : undefined
  if (unit?.isKnown) return unit
  const what = `systemctl does not know ${options.unit}`
  throw new ProviderError({
    code: unit ? 'not_found' : 'unavailable',
    provider: name,
    message: unit ? what : `systemctl show ended with exit code ${ended.exitCode}`,
    effect: 'none',
    nextStep: `Run: ${systemctlForPeople(options)} status ${options.unit}`,
  })
}

/** Reloading starts no process, so a start proves nothing about it. */
async function findStart(options: Options, unit: Unit): Promise<Pick<Readiness, 'oldestStart' | 'why'>> {
  return options.restart === 'reload' ? {} : await findOldestStart(unit)
}

async function addFingerprint(
  options: Options,
  name: string,
  mark: string,
  readiness: Readiness,
  call: Call,
): Promise<Readiness> {
  const { fingerprint: words } = options
  if (!words) return readiness
  const { exitCode, output } = await runCommand(
    toCommand(options, name, { verb: 'fingerprint', words, mark, reads: true }),
    call,
  )
  if (exitCode !== 0)
    return { ...readiness, why: `the program that reports the fingerprint ended with exit code ${exitCode}` }
  const { fingerprint } = readReport(output)
  return fingerprint === undefined
    ? { ...readiness, why: 'the program that reports the fingerprint printed none' }
    : { ...readiness, fingerprint }
}

function systemctl(options: Options): string[] {
  return [options.systemctl, ...(options.user ? ['--user'] : []), '--no-pager']
}

interface Run {
  verb: string
  words: readonly string[]
  mark: string
  reads: boolean
}

function toCommand(options: Options, provider: string, { verb, words, mark, reads }: Run): Command {
  const passed = options.user ? USER_NAMES : []
  const found = passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  return {
    provider,
    verb,
    words,
    folder: '/',
    // systemctl has no use for the mark; a program in its place may keep it.
    environment: { ...environment, ...Object.fromEntries(found), KEYROTA_MARK: mark },
    limitMs: parseDurationMs(options.limit),
    reads,
    effect: reads ? 'none' : 'unknown',
  }
}

function toRefusal(options: Options, provider: string, exitCode: number): ProviderError {
  const { code, what } = explainExit(exitCode)
  return new ProviderError({
    code,
    provider,
    message: `systemctl ${options.restart} ${options.unit} ${what}`,
    effect: code === 'unavailable' ? 'unknown' : 'none',
    nextStep: `Run it as the user that runs Keyrota, to see why: ${systemctlForPeople(options)} ${options.restart} ${options.unit}`,
  })
}

function explainExit(exitCode: number): { code: 'denied' | 'not_found' | 'unavailable'; what: string } {
  if (exitCode === DENIED) return { code: 'denied', what: 'is denied' }
  if (exitCode === NO_SUCH_UNIT) return { code: 'not_found', what: 'knows no such unit' }
  return { code: 'unavailable', what: `ended with exit code ${exitCode}` }
}

function systemctlForPeople(options: Options): string {
  return options.user ? 'systemctl --user' : 'systemctl'
}
