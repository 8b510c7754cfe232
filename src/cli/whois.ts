import type { Command } from 'commander'
import { SecretValue } from '../contracts/secret-value.ts'
import { whois } from '../service/whois.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { answer, say } from './output.ts'
import { askHidden, readStdin } from './prompts.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addWhois(program: Command, application: Application): void {
  const command = program
    .command('whois')
    .description('which key a value is or was: reads the value from stdin, asks nobody, changes nothing')
    .addHelpText('after', '\nExample:\n  pbpaste | keyrota whois')
  addCommon(command).action(async (options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const value = process.stdin.isTTY ? await askHidden('The value') : await readStdin()
      if (!value) {
        say('no value was given')
        return exitCodes.usage
      }
      const told = await whois(opened.context, new SecretValue(value))
      answer(options.json ?? false, told, () => [
        `fingerprint ${told.fingerprint}`,
        ...(told.matches.length === 0 ? ['no managed key has or had this value'] : []),
        ...told.matches.flatMap((match) => [
          `${match.key}: ${match.state}${match.name ? ` (${match.name})` : ''}`,
          `  owner ${match.owner ?? 'unknown'}, ${match.service ?? 'unknown service'} in ${match.environment ?? 'unknown environment'}`,
          ...match.places.map((place) => `  held by ${place}`),
          ...(match.rotation ? [`  rotation ${match.rotation}`] : []),
        ]),
      ])
      return exitCodes.done
    })
  })
}
