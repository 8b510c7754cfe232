import type { Command } from 'commander'
import { material } from '../contracts/secret-value.ts'
import type { attend } from '../engine/attend.ts'
import { isInTarget, isWaitingForKey, supply } from '../service/supply.ts'
import type { Application } from './application.ts'
import { answerAttended } from './attended.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './output.ts'
import { askHidden, readStdin } from './prompts.ts'
import { sayTask } from './sitting.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addSupply(program: Command, application: Application): void {
  const command = program
    .command('supply')
    .description('hand over a key that a person made; read from stdin, or from a hidden prompt on a terminal')
    .argument('<key>', 'name of the key in the config')
    .option('--part <name>', 'name of the part, for keys whose one part is not called value', 'value')
    .addHelpText(
      'after',
      '\nThe value is never an argument. Examples:\n  keyrota supply renderer-prod\n  pass show new-key | keyrota supply renderer-prod',
    )
  addWait(addCommon(command)).action(async (key: string, options: CommonOptions & { part: string }) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      if (process.stdin.isTTY) await sayTask(opened, await look(opened.context, key))
      const value = process.stdin.isTTY ? await askHidden(`New key of ${key}`) : await readStdin()
      if (!value) {
        say('no value was given; nothing was changed')
        return exitCodes.usage
      }
      const attended = await supply(opened.context, key, material({ [options.part]: value }))
      if (attended.end === 'claimed' || isWaitingForKey(attended.record)) {
        say(`${key}: the value was not taken; supply it again`)
        return (
          answerAttended(attended, options.json ?? false, opened.context.clock.wallMs()) ||
          exitCodes.needsPerson
        )
      }
      if (isInTarget(attended.record)) say(`${key}: the new key is in a target; it can no longer be lost`)
      else
        say(
          `${key}: the new key is in no target yet. If this process ends before it is, delete that key and supply another`,
        )
      return answerAttended(attended, options.json ?? false, opened.context.clock.wallMs())
    })
  })
}

async function look(context: Parameters<typeof attend>[0], key: string) {
  const { record } = await context.journal.load(key)
  return { key, end: 'idle' as const, record, notes: [] }
}
