/* `keyrota schema` */

import type { Command } from 'commander'
import type { Application } from './application.ts'

export function addSchema(program: Command, application: Application): void {
  program
    .command('schema')
    .description('print the JSON Schema of the config, for editors')
    .addHelpText(
      'after',
      '\nExample:\n  keyrota schema > keyrota.schema.json\n  # first line of keyrota.yaml:\n  # yaml-language-server: $schema=./keyrota.schema.json',
    )
    .action(async () => {
      process.stdout.write(`${JSON.stringify(await application.makeJsonSchema(), null, 2)}\n`)
    })
}
