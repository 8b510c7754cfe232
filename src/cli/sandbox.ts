/* `keyrota sandbox` */

import { type Command, InvalidArgumentError } from 'commander'
import type { Application } from './application.ts'
import { printNote } from './output.ts'
import { collect } from './verb.ts'

export function addSandbox(program: Command, application: Application): void {
  program
    .command('sandbox')
    .description(
      'run a local gateway that behaves like ppt.video, with a dashboard and a key API; loopback only',
    )
    .option('-p, --port <number>', 'port on 127.0.0.1 (default: any free port)', parsePort)
    .option('--fault <fault>', 'inject a fault, e.g. late-activation,ms=500; repeatable', collect)
    .option('--token-file <file>', 'write the key API token to this new file (mode 0600)')
    .option('--list-faults', 'list the available faults and exit')
    .addHelpText('after', '\nExample:\n  keyrota sandbox --port 8099 --fault early-death,count=5')
    .action(
      async (options: { port?: number; fault?: string[]; tokenFile?: string; listFaults?: boolean }) => {
        if (options.listFaults) {
          process.stdout.write(`${(await application.describeFaults()).join('\n')}\n`)
          return
        }
        const sandbox = await application.startSandbox({
          port: options.port ?? 0,
          faults: options.fault ?? [],
          ...(options.tokenFile ? { tokenFile: options.tokenFile } : {}),
        })
        printNote(`gateway    ${sandbox.url}`)
        printNote(`dashboard  ${sandbox.dashboardUrl}`)
        printNote(
          options.tokenFile
            ? `key API    ${sandbox.url}/v1/keys, token in ${options.tokenFile}`
            : `key API    ${sandbox.url}/v1/keys (add --token-file to use it)`,
        )
        printNote('Press Ctrl-C to stop. All keys are lost then.')
        await new Promise<void>((resolve) => {
          process.once('SIGINT', resolve)
          process.once('SIGTERM', resolve)
        })
        await sandbox.close()
      },
    )
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port from 0 to 65535.')
}
