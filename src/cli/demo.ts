import type { Command } from 'commander'
import type { Application } from './application.ts'

/** The hidden command that runs a consumer of the demo. */
export const CONSUMER_VERB = 'demo-consumer'

export function addDemo(program: Command, application: Application): void {
  program
    .command('demo')
    .description('rotate keys of a local sandbox before your eyes, in a folder of its own; asks nothing')
    .addHelpText('after', '\nExample:\n  keyrota demo')
    .action(async () => {
      process.exitCode = await (await application.loadDemo()).run(application)
    })
  program
    .command(CONSUMER_VERB, { hidden: true })
    .description('the workload of the demo, which starts it')
    .requiredOption('--key-file <file>', 'env file that holds its key')
    .requiredOption('--field <name>', 'name of the variable')
    .requiredOption('--gateway <url>', 'what it calls')
    .action(async ({ keyFile, field, gateway }: { keyFile: string; field: string; gateway: string }) => {
      await (await application.loadDemo()).runConsumer({ envFile: keyFile, field, gateway })
    })
}
