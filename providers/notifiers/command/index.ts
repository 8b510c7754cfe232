/* Notifier `command`: a program on this machine is given each event. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Notifier } from '../../../src/contracts/notifier.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { pickEnvironment, runCommand } from '../../shared/command/run.ts'
import { pickFields, toSafeJson } from '../../shared/notifier/clean-event.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { Options } from './options.ts'

/** EX_DATAERR of sysexits.h: this event is not taken, the next one may be. */
const REFUSED = 65

export function make(options: Options, { name }: Pick<ProviderContext, 'name'>): Notifier {
  return {
    async notify(event, delivery) {
      const { at, ...fields } = pickFields(event)
      const line = toSafeJson({ id: delivery?.id, time: new Date(at).toISOString(), ...fields })
      const { exitCode } = await runCommand(
        {
          provider: name,
          verb: 'run',
          words: options.run,
          folder: options.folder,
          environment: pickEnvironment(options.passEnv),
          limitMs: parseDurationMs(options.limit),
          reads: false,
          input: new SecretValue(`${line}\n`),
          effect: 'unknown',
        },
        { signal: delivery?.signal ?? new AbortController().signal, beforeSend: () => {} },
      )
      if (exitCode !== 0) throw toError(name, exitCode)
      return { said: 'exit code 0' }
    },
  }
}

function toError(provider: string, exitCode: number): ProviderError {
  return new ProviderError({
    code: exitCode === REFUSED ? 'invalid' : 'unavailable',
    provider,
    message: `the program exited with ${exitCode}`,
    effect: 'unknown',
    nextStep: 'Run the program by hand, with an event on its standard input, to see why it fails.',
  })
}
