/* `keyrota version` */

import type { Command } from 'commander'
import type { Application } from './application.ts'
import { printResult } from './output.ts'

export function addVersion(program: Command, application: Application): void {
  program
    .command('version')
    .description('print the version of Keyrota, Node.js and the platform')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nExample:\n  keyrota version --json')
    .action((options: { json?: boolean }) => {
      const about = {
        version: application.version,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      }
      printResult(options.json ?? false, about, () => [
        `keyrota ${about.version} (Node.js ${about.node}, ${about.platform})`,
      ])
    })
}
