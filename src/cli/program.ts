/* Builds the command line and runs one command. */

import { Command, CommanderError } from 'commander'
import type { Application } from './application.ts'
import { describeError, type ErrorReport, exitCodes, meanings } from './exit-codes.ts'
import { logNotesTo, printFailure, printResult } from './output.ts'
import { stoppedBy } from './verb.ts'

type AddVerb = (program: Command, application: Application, argv: readonly string[]) => void | Promise<void>

/** The commands in the order of the help. Each is loaded on demand, so that `status` does not load what `rotate` needs. */
const verbs = {
  init: async () => (await import('./init.ts')).addInit,
  check: async () => (await import('./check.ts')).addCheck,
  plan: async () => (await import('./plan.ts')).addPlan,
  run: async () => (await import('./run.ts')).addRun,
  serve: async () => (await import('./serve.ts')).addServe,
  rotate: async () => (await import('./rotate.ts')).addRotate,
  campaign: async () => (await import('./campaign.ts')).addCampaign,
  supply: async () => (await import('./supply.ts')).addSupply,
  status: async () => (await import('./status.ts')).addStatus,
  usage: async () => (await import('./usage.ts')).addUsage,
  explain: async () => (await import('./explain.ts')).addExplain,
  whois: async () => (await import('./whois.ts')).addWhois,
  leaked: async () => (await import('./leaked.ts')).addLeaked,
  scan: async () => (await import('./scan.ts')).addScan,
  prove: async () => (await import('./prove.ts')).addProve,
  notify: async () => (await import('./notify.ts')).addNotify,
  resume: async () => (await import('./resume.ts')).addResume,
  rollback: async () => (await import('./rollback.ts')).addRollback,
  pause: async () => (await import('./pause.ts')).addPause,
  unpause: async () => (await import('./pause.ts')).addUnpause,
  rename: async () => (await import('./rename.ts')).addRename,
  forget: async () => (await import('./forget.ts')).addForget,
  permissions: async () => (await import('./permissions.ts')).addPermissions,
  schema: async () => (await import('./schema.ts')).addSchema,
  sandbox: async () => (await import('./sandbox.ts')).addSandbox,
  demo: async () => (await import('./demo.ts')).addDemo,
  version: async () => (await import('./version.ts')).addVersion,
} satisfies Record<string, () => Promise<AddVerb>>

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15 }

/** The program with the command that is named first, or with all of them if there is none, as for `--help`. */
export async function makeProgram(application: Application, argv: readonly string[]): Promise<Command> {
  const program = new Command('keyrota')
    .description('Rotates API keys: create, deploy, validate, revoke. No consumer ever holds a dead key.')
    .version(application.version)
    .showHelpAfterError('(add --help for more)')
    .exitOverride()
    .addHelpText('after', describeExitCodes())
  // A document on stdout takes the place of commander's lines on stderr.
  if (wantsJson(argv)) program.configureOutput({ writeErr: () => undefined })
  for (const add of await loadVerbs(argv)) await add(program, application, argv)
  return program
}

function describeExitCodes(): string {
  const lines = Object.entries(exitCodes).map(
    ([name, code]) => `  ${code}      ${meanings[name as keyof typeof exitCodes]}`,
  )
  return ['\nExit codes:', ...lines, '  128+n  ended by signal n'].join('\n')
}

/** Completion is about all commands, so it comes with all of them. */
async function loadVerbs(argv: readonly string[]): Promise<AddVerb[]> {
  const named = Object.entries(verbs).filter(([name]) => name === argv[2])
  if (named.length > 0) return Promise.all(named.map(([, load]) => load()))
  const all = await Promise.all(Object.values(verbs).map((load) => load()))
  return [...all, (await import('./completion.ts')).addCompletion]
}

/** Runs one command line and sets the exit code. Never throws. */
export async function runProgram(application: Application, argv: readonly string[]): Promise<void> {
  ignoreClosedPipes()
  logNotesTo(null)
  try {
    const program = await makeProgram(application, argv)
    await program.parseAsync([...argv])
    if (stoppedBy.signal) process.exitCode = 128 + (signalNumbers[stoppedBy.signal] ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage
      if (error.exitCode !== 0 && wantsJson(argv)) printError(usageReport(error, argv), true)
      return
    }
    const report = describeError(error)
    printError(report, wantsJson(argv))
    process.exitCode = report.code
  }
}

/** Runs a program that is no command of Keyrota, with its errors and exit codes. Never throws. */
export async function runStandalone(program: Command, argv: readonly string[]): Promise<void> {
  ignoreClosedPipes()
  try {
    await program.exitOverride().parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage
      return
    }
    const report = describeError(error)
    printError(report, false)
    process.exitCode = report.code
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(2, end < 0 ? undefined : end).includes('--json')
}

/** The error as the one JSON document of this command, or as lines for people. */
function printError(report: ErrorReport, json: boolean): void {
  const { code: exitCode, kind, message, nextStep, problems } = report
  if (json) {
    const error = { exitCode, kind, message, nextStep, ...(problems ? { problems } : {}) }
    printResult(true, { error }, () => [])
    return
  }
  printFailure(report)
}

function usageReport(error: CommanderError, argv: readonly string[]): ErrorReport {
  const message = error.message.replace(/^error: /, '')
  const verb = argv[2] !== undefined && Object.hasOwn(verbs, argv[2]) ? ` ${argv[2]}` : ''
  return { code: exitCodes.usage, kind: 'usage', message, nextStep: `Run: keyrota${verb} --help` }
}

/** A full disk below a file of the log ends no rotation, and there is no other place to say it. */
const ignoreAny = () => undefined

/** A reader that closes the pipe early (`| head -1`) must not end the process: a rotation may be running. */
function ignoreClosedPipes(): void {
  const { stdout, stderr } = process
  if (!stdout.listeners('error').includes(ignoreClosedPipe)) stdout.on('error', ignoreClosedPipe)
  if (!stderr.listeners('error').includes(ignoreAny)) stderr.on('error', ignoreAny)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
