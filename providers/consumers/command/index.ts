/* Consumer `command`: programs on this machine restart the workload and report its state. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { type Command, type Ended, pickEnvironment, runCommand } from '../../shared/command/run.ts'
import { readReport } from '../../shared/consumer/report.ts'
import type { Options } from './options.ts'

/** A consumer that programs restart and check. */
export function make(options: Options, context: ProviderContext): Consumer {
  const { restart } = options
  const consumer: Consumer = {
    async ready({ mark }, call) {
      const command = commandFor(options, context, 'ready', options.ready, mark)
      return judge(options, await runCommand(command, call))
    },
  }
  if (restart)
    consumer.restart = async (mark, call) => {
      const command = commandFor(options, context, 'restart', restart, mark)
      const { exitCode } = await runCommand(command, call)
      if (exitCode !== 0) throw toRestartError(context.name, exitCode)
    }
  return consumer
}

function commandFor(
  options: Options,
  context: ProviderContext,
  verb: 'ready' | 'restart',
  words: readonly string[],
  mark: string,
): Command {
  return {
    provider: context.name,
    verb,
    words: words.map((word) => word.replaceAll('{mark}', mark)),
    folder: options.folder,
    environment: pickEnvironment(options.passEnv),
    limitMs: parseDurationMs(options.limit),
    reads: verb === 'ready',
    effect: verb === 'ready' ? 'none' : 'unknown',
  }
}

function judge(options: Options, { exitCode, output }: Ended): Readiness {
  if (exitCode === 0) return { is: 'ready', ...readReport(output) }
  if (exitCode === options.progressingExit)
    return { is: 'progressing', why: `the ready command exited with ${exitCode}` }
  return { is: 'failed', why: `the ready command exited with ${exitCode}` }
}

/** A restart that failed halfway may have stopped some instances. */
function toRestartError(provider: string, exitCode: number): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: `the restart command exited with ${exitCode}`,
    effect: 'unknown',
    nextStep: 'Run the restart command by hand to see why it fails.',
  })
}
