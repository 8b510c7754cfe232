/* `keyrota whois` */

import type { Command } from 'commander'
import { SecretValue } from '../contracts/secret-value.ts'
import { whois } from '../service/whois.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { printResult } from './output.ts'
import { askHidden, readStdin } from './prompts.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addWhois(program: Command, application: Application): void {
  const command = program
    .command('whois')
    .description(
      'identify a key value, current or past; reads it from stdin, makes no requests, changes nothing',
    )
    .addHelpText('after', '\nExample:\n  pbpaste | keyrota whois')
  addCommon(command).action(async (options: CommonOptions) => {
    process.exitCode = await withOpened(application, { ...options, quiet: true }, async (opened) => {
      const value = process.stdin.isTTY ? await askHidden('Key value') : await readStdin()
      if (!value) {
        return command.error('error: no value given', { exitCode: exitCodes.usage })
      }
      const found = await whois(opened.context, new SecretValue(value))
      printResult(options.json ?? false, found, () => [
        `fingerprint ${found.fingerprint}`,
        ...(found.matches.length === 0 ? ['no managed key has, or ever had, this value'] : []),
        ...found.matches.flatMap((match) => [
          `${match.key}: ${match.state}${match.name ? ` (${match.name})` : ''}`,
          `  owner ${match.owner ?? 'unknown'}, ${match.service ?? 'unknown service'} in ${match.environment ?? 'unknown environment'}`,
          ...match.places.map((place) => `  in ${place}`),
          ...(match.rotation ? [`  rotation ${match.rotation}`] : []),
        ]),
      ])
      return exitCodes.done
    })
  })
}
