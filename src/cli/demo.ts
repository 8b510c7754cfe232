/* `keyrota demo`, and the hidden command that runs the demo's workload. */

import type { Command } from 'commander'
import type { Application } from './application.ts'

/** The hidden command that runs a consumer of the demo. */
export const CONSUMER_VERB = 'demo-consumer'

export function addDemo(program: Command, application: Application): void {
  program
    .command('demo')
    .description('rotate keys against a local sandbox, in a folder of its own; needs no input')
    .addHelpText('after', '\nExample:\n  keyrota demo')
    .action(async () => {
      process.exitCode = await (await application.loadDemo()).run(application)
    })
  program
    .command(CONSUMER_VERB, { hidden: true })
    .description('the workload that the demo starts')
    .requiredOption('--key-file <file>', 'env file that holds its key')
    .requiredOption('--field <name>', 'variable that holds the key')
    .requiredOption('--gateway <url>', 'URL of the gateway to call')
    .action(async ({ keyFile, field, gateway }: { keyFile: string; field: string; gateway: string }) => {
      await (await application.loadDemo()).runConsumer({ envFile: keyFile, field, gateway })
    })
}
