/* `keyrota sandbox` */

import { type Command, InvalidArgumentError } from 'commander'
import type { Application, SandboxWish } from './application.ts'
import { printNote } from './output.ts'
import { collect } from './verb.ts'

interface Flags {
  listen?: { host: string; port: number }
  port?: number
  tls?: boolean
  name?: string[]
  caFile?: string
  fault?: string[]
  tokenFile?: string
  listFaults?: boolean
}

export function addSandbox(program: Command, application: Application): void {
  program
    .command('sandbox')
    .description('run a local gateway that behaves like ppt.video, with a dashboard and a key API')
    .option('-p, --port <number>', 'port on 127.0.0.1 (default: any free port)', parsePort)
    .option('--listen <host:port>', 'address to listen on; other than loopback with --tls only', parseListen)
    .option('--tls', 'speak https, with a certificate made at the start')
    .option('--name <name>', 'DNS name or IP address of the certificate; repeatable, with --tls', collect)
    .option('--ca-file <file>', 'write the certificate that clients have to trust to this new file')
    .option('--fault <fault>', 'inject a fault, e.g. late-activation,ms=500; repeatable', collect)
    .option('--token-file <file>', 'write the key API token to this new file (mode 0600)')
    .option('--list-faults', 'list the available faults and exit')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  keyrota sandbox --port 8099 --fault early-death,count=5',
        '  keyrota sandbox --listen 0.0.0.0:8443 --tls --name gateway.example.com --ca-file ca.pem --token-file token',
        '',
        'On other interfaces than loopback, /admin takes the token of the key API, and the dashboard is open to this',
        'machine alone.',
      ].join('\n'),
    )
    .action(async (flags: Flags, command: Command) => {
      if (flags.listFaults) {
        process.stdout.write(`${(await application.describeFaults()).join('\n')}\n`)
        return
      }
      await runSandbox(application, readWish(flags, command), flags)
    })
}

function readWish(flags: Flags, command: Command): SandboxWish {
  if (flags.listen && flags.port !== undefined)
    command.error("error: options '--listen' and '--port' exclude each other: --listen has a port of its own")
  if (!flags.tls && (flags.name || flags.caFile))
    command.error(`error: option '${flags.name ? '--name' : '--ca-file'}' needs --tls`)
  if (flags.tls && !flags.caFile)
    command.error("error: option '--tls' needs --ca-file: without it nobody can trust the certificate")
  return {
    port: flags.port ?? 0,
    ...flags.listen,
    faults: flags.fault ?? [],
    ...(flags.tokenFile ? { tokenFile: flags.tokenFile } : {}),
    ...(flags.caFile ? { caFile: flags.caFile, tlsNames: flags.name ?? [] } : {}),
  }
}

async function runSandbox(application: Application, wish: SandboxWish, flags: Flags): Promise<void> {
  const sandbox = await application.startSandbox(wish)
  printNote(`gateway    ${sandbox.url}`)
  printNote(`dashboard  ${sandbox.dashboardUrl}`)
  printNote(
    flags.tokenFile
      ? `key API    ${sandbox.url}/v1/keys, token in ${flags.tokenFile}`
      : `key API    ${sandbox.url}/v1/keys (add --token-file to use it)`,
  )
  if (flags.caFile) printNote(`authority  ${flags.caFile}`)
  printNote('Press Ctrl-C to stop. All keys are lost then.')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await sandbox.close()
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('Expected a port from 0 to 65535.')
}

function parseListen(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d+)$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined)
    throw new InvalidArgumentError('Expected host:port, e.g. 127.0.0.1:8443 or [::]:8443.')
  return { host, port: parsePort(port) }
}
