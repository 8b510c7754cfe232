/* `keyrota permissions` */

import type { Command } from 'commander'
import type { Application } from './application.ts'
import { paint, printNote, printResult } from './output.ts'
import { addCommon, type CommonOptions } from './verb.ts'

export function addPermissions(program: Command, application: Application): void {
  const command = program
    .command('permissions')
    .description(
      'print the least-privilege policy for the stores, the consumers and the journal in the config',
    )
    .option('--reader', 'print the read-only policy for the workloads that use the keys')
    .option('--namespace <name>', 'print only the Role for this namespace of a cluster')
    .addHelpText(
      'after',
      '\nExamples:\n  keyrota permissions --reader\n  keyrota permissions --namespace shop',
    )
  addCommon(command).action(async (options: CommonOptions & { reader?: boolean; namespace?: string }) => {
    const policies = await application.permissions({
      ...(options.config === undefined ? {} : { config: options.config }),
      role: options.reader ? 'reader' : 'keyrota',
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    })
    if (policies.length === 0) printNote(describeNone(options.namespace))
    printResult(options.json ?? false, policies, () =>
      policies.flatMap((one) => [paint('bold', `# ${one.store} (${one.type})`), one.policy]),
    )
  })
}

function describeNone(namespace: string | undefined): string {
  return namespace === undefined
    ? 'nothing in this config has a policy to print'
    : `no key of the config, and no ManagedKey whose spec is accepted, needs anything in the namespace ${namespace}`
}
