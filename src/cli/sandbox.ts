import { type Command, InvalidArgumentError } from 'commander'
import type { Application } from './application.ts'
import { say } from './output.ts'

export function addSandbox(program: Command, application: Application): void {
  program
    .command('sandbox')
    .description(
      'a local gateway that behaves as ppt.video does, with a dashboard and a key API; loopback only',
    )
    .option('-p, --port <number>', 'port on 127.0.0.1 (default: a free one)', parsePort, 0)
    .option(
      '--fault <fault>',
      'switch a fault on, e.g. late-activation,ms=500; may be given several times',
      (fault: string, before: string[]) => [...before, fault],
      [] as string[],
    )
    .option('--token-file <file>', 'write the token of the key API into this new file (mode 0600)')
    .option('--list-faults', 'tell the faults there are, and end')
    .addHelpText('after', '\nExample:\n  keyrota sandbox --port 8099 --fault early-death,count=5')
    .action(async (options: { port: number; fault: string[]; tokenFile?: string; listFaults?: boolean }) => {
      if (options.listFaults) {
        process.stdout.write(`${(await application.describeFaults()).join('\n')}\n`)
        return
      }
      const sandbox = await application.startSandbox({
        port: options.port,
        faults: options.fault,
        ...(options.tokenFile ? { tokenFile: options.tokenFile } : {}),
      })
      say(`gateway    ${sandbox.url}`)
      say(`dashboard  ${sandbox.dashboardUrl}`)
      say(
        options.tokenFile
          ? `key API    ${sandbox.url}/v1/keys, token in ${options.tokenFile}`
          : `key API    ${sandbox.url}/v1/keys (give --token-file to use it)`,
      )
      say('Ctrl-C ends it; everything in it is forgotten then.')
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
      await sandbox.close()
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('Write a port from 0 to 65535.')
}
