/* `keyrota permissions` */

import type { Command } from 'commander'
import type { Application } from './application.ts'
import { paint, printNote, printResult } from './output.ts'
import { addCommon, type CommonOptions } from './verb.ts'

export function addPermissions(program: Command, application: Application): void {
  const command = program
    .command('permissions')
    .description('print the least-privilege policy for each store in the config')
    .option('--reader', 'print the read-only policy for the workloads that use the keys')
    .addHelpText('after', '\nExample:\n  keyrota permissions --reader')
  addCommon(command).action(async (options: CommonOptions & { reader?: boolean }) => {
    const policies = await application.permissions({
      ...(options.config === undefined ? {} : { config: options.config }),
      role: options.reader ? 'reader' : 'keyrota',
    })
    if (policies.length === 0) printNote('no store in this config has a policy to print')
    printResult(options.json ?? false, policies, () =>
      policies.flatMap((one) => [paint('bold', `# ${one.store} (${one.type})`), one.policy]),
    )
  })
}
