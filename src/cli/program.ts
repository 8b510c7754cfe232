import { Command, CommanderError } from 'commander'
import type { Application } from './application.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { paint, say } from './output.ts'
import { stoppedBy } from './verb.ts'

type AddVerb = (program: Command, application: Application) => void

/** The verbs in the order of the help, each loaded when it is asked for, since most need more than `status` does. */
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
    .description('Rotates API keys: create, deploy, validate, revoke; no consumer ever holds a dead key')
    .version(application.version)
    .showHelpAfterError('(add --help for more)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done or waiting as planned, 1 internal, 2 usage, 3 config, 4 blocked, rolled back or a person\nis needed now, 5 a provider is unavailable, 6 claimed elsewhere, 128+n ended by a signal.',
    )
  for (const add of await loadVerbs(argv)) add(program, application)
  return program
}

/** The verb that a command line begins with; all of them for one that asks for help or names none. */
async function loadVerbs(argv: readonly string[]): Promise<AddVerb[]> {
  const asked = Object.entries(verbs).filter(([name]) => name === argv[2])
  const wanted = asked.length > 0 ? asked : Object.entries(verbs)
  return Promise.all(wanted.map(([, load]) => load()))
}

/** Runs one command line; sets the exit code, never throws. */
export async function runProgram(application: Application, argv: readonly string[]): Promise<void> {
  outliveReaders()
  try {
    const program = await makeProgram(application, argv)
    await program.parseAsync([...argv])
    if (stoppedBy.signal) process.exitCode = 128 + (signalNumbers[stoppedBy.signal] ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage
      return
    }
    const { code, lines } = complain(error)
    const [first = '', ...more] = lines
    say(paint('red', first, process.stderr))
    for (const line of more) say(line)
    process.exitCode = code
  }
}

/** A reader that closes the pipe early (`| head -1`) must not end the process: a rotation may be under way. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
