import type { Command } from 'commander'
import { runConsumer } from '../demo/consumer.ts'
import { CONSUMER_VERB } from '../demo/consumer-process.ts'
import { runDemo } from '../demo/run-demo.ts'
import type { Application } from './application.ts'

export function addDemo(program: Command, application: Application): void {
  program
    .command('demo')
    .description('rotate keys of a local sandbox before your eyes, in a folder of its own; asks nothing')
    .addHelpText('after', '\nExample:\n  keyrota demo')
    .action(async () => {
      process.exitCode = await runDemo(application)
    })
  program
    .command(CONSUMER_VERB, { hidden: true })
    .description('the workload of the demo, which starts it')
    .requiredOption('--key-file <file>', 'env file that holds its key')
    .requiredOption('--field <name>', 'name of the variable')
    .requiredOption('--gateway <url>', 'what it calls')
    .action(({ keyFile, field, gateway }: { keyFile: string; field: string; gateway: string }) =>
      runConsumer({ envFile: keyFile, field, gateway }),
    )
}
