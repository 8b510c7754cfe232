import type { Command } from 'commander'
import type { Application } from './application.ts'
import { answer, paint, say } from './output.ts'
import { addCommon, type CommonOptions } from './verb.ts'

export function addPermissions(program: Command, application: Application): void {
  const command = program
    .command('permissions')
    .description('the least policy each store needs, printed from the config')
    .option('--reader', 'the read-only policy for the workload that uses the key')
    .addHelpText('after', '\nExample:\n  keyrota permissions --reader')
  addCommon(command).action(async (options: CommonOptions & { reader?: boolean }) => {
    const policies = await application.permissions({
      ...(options.config === undefined ? {} : { config: options.config }),
      role: options.reader ? 'reader' : 'keyrota',
    })
    if (policies.length === 0) say('no store of this config has a policy to print')
    answer(options.json ?? false, policies, () =>
      policies.flatMap((one) => [paint('bold', `# ${one.store} (${one.type})`), one.policy]),
    )
  })
}
