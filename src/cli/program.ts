/* Builds the command line and runs one command. */

import { Command, CommanderError } from 'commander'
import type { Application } from './application.ts'
import { describeError, exitCodes } from './exit-codes.ts'
import { paint, printNote } from './output.ts'
import { stoppedBy } from './verb.ts'

type AddVerb = (program: Command, application: Application) => void

/** The commands in the order of the help. Each is loaded on demand, so that `status` does not load what `rotate` needs. */
const verbs = {
  init: async () => (await import('./init.ts')).addInit,
  check: async () => (await import('./check.ts')).addCheck,
  plan: async () => (await import('./plan.ts')).addPlan,
  run: async () => (await import('./run.ts')).addRun,
  rotate: async () => (await import('./rotate.ts')).addRotate,
  supply: async () => (await import('./supply.ts')).addSupply,
  status: async () => (await import('./status.ts')).addStatus,
  explain: async () => (await import('./explain.ts')).addExplain,
  whois: async () => (await import('./whois.ts')).addWhois,
  resume: async () => (await import('./resume.ts')).addResume,
  rollback: async () => (await import('./rollback.ts')).addRollback,
  permissions: async () => (await import('./permissions.ts')).addPermissions,
  schema: async () => (await import('./schema.ts')).addSchema,
  sandbox: async () => (await import('./sandbox.ts')).addSandbox,
  demo: async () => (await import('./demo.ts')).addDemo,
} satisfies Record<string, () => Promise<AddVerb>>

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15 }

async function makeProgram(application: Application, argv: readonly string[]): Promise<Command> {
  const program = new Command('keyrota')
    .description('Rotates API keys: create, deploy, validate, revoke. No consumer ever holds a dead key.')
    .version(application.version)
    .showHelpAfterError('(add --help for more)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, or waiting as planned; 1 internal error; 2 usage; 3 config; 4 blocked, rolled back, or a\nperson is needed; 5 a provider is unavailable; 6 another process holds the key; 128+n ended by signal n.',
    )
  for (const add of await loadVerbs(argv)) add(program, application)
  return program
}

/** The command named first, or all commands if there is none, as for `--help`. */
async function loadVerbs(argv: readonly string[]): Promise<AddVerb[]> {
  const named = Object.entries(verbs).filter(([name]) => name === argv[2])
  const wanted = named.length > 0 ? named : Object.entries(verbs)
  return Promise.all(wanted.map(([, load]) => load()))
}

/** Runs one command line and sets the exit code. Never throws. */
export async function runProgram(application: Application, argv: readonly string[]): Promise<void> {
  ignoreClosedPipes()
  try {
    const program = await makeProgram(application, argv)
    await program.parseAsync([...argv])
    if (stoppedBy.signal) process.exitCode = 128 + (signalNumbers[stoppedBy.signal] ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage
      return
    }
    const { code, lines } = describeError(error)
    const [first = '', ...more] = lines
    printNote(paint('red', first, process.stderr))
    for (const line of more) printNote(line)
    process.exitCode = code
  }
}

/** A reader that closes the pipe early (`| head -1`) must not end the process: a rotation may be running. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
