/* `keyrota demo`, and the hidden command that runs the demo's workload. */

import type { Command } from 'commander'
import { runConsumer } from '../demo/consumer.ts'
import { CONSUMER_VERB } from '../demo/consumer-process.ts'
import { runDemo } from '../demo/run-demo.ts'
import type { Application } from './application.ts'

export function addDemo(program: Command, application: Application): void {
  program
    .command('demo')
    .description('rotate keys against a local sandbox, in a folder of its own; needs no input')
    .addHelpText('after', '\nExample:\n  keyrota demo')
    .action(async () => {
      process.exitCode = await runDemo(application)
    })
  program
    .command(CONSUMER_VERB, { hidden: true })
    .description('the workload that the demo starts')
    .requiredOption('--key-file <file>', 'env file that holds its key')
    .requiredOption('--field <name>', 'variable that holds the key')
    .requiredOption('--gateway <url>', 'URL of the gateway to call')
    .action(({ keyFile, field, gateway }: { keyFile: string; field: string; gateway: string }) =>
      runConsumer({ envFile: keyFile, field, gateway }),
    )
}
