/* `keyrota supply` */

import { type Command, InvalidArgumentError } from 'commander'
import { isPersonName } from '../contracts/person.ts'
import { material } from '../contracts/secret-value.ts'
import type { attend } from '../engine/attend.ts'
import { isInTarget, isWaitingForKey, supply } from '../service/supply.ts'
import type { Application } from './application.ts'
import { printAttended } from './attended.ts'
import { exitCodes } from './exit-codes.ts'
import { printTask } from './interactive.ts'
import { printNote } from './output.ts'
import { nameHands } from './person.ts'
import { askHidden, readStdin } from './prompts.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addSupply(program: Command, application: Application): void {
  const command = program
    .command('supply')
    .description('supply a key that a person created; reads stdin, or a hidden prompt on a terminal')
    .argument('<key>', 'name of the key in the config')
    .option(
      '--part <name>',
      'name of the part, for single-part keys whose part is not named "value"',
      'value',
    )
    .option(
      '--seen-by <person>',
      'who has seen the value; may be repeated (default: the user who runs this). See: rotate --seen-by',
      addPerson,
    )
    .addHelpText(
      'after',
      '\nThe value is never an argument.\n\nExamples:\n  keyrota supply renderer-prod\n  pass show new-key | keyrota supply renderer-prod',
    )
  addWait(addCommon(command)).action(
    async (key: string, options: CommonOptions & { part: string; seenBy?: string[] }) => {
      process.exitCode = await withOpened(application, options, async (opened) => {
        if (process.stdin.isTTY) await printTask(opened, await loadAttended(opened.context, key))
        const value = process.stdin.isTTY ? await askHidden(`New key for ${key}`) : await readStdin()
        if (!value) {
          return command.error('error: no value given; nothing was changed', { exitCode: exitCodes.usage })
        }
        const attended = await supply(
          opened.context,
          key,
          material({ [options.part]: value }),
          options.seenBy ?? nameHands(),
        )
        if (attended.end === 'claimed' || isWaitingForKey(attended.record)) {
          printNote(`${key}: the value was not accepted; run: keyrota supply ${key}`)
          return (
            printAttended(attended, {
              json: options.json ?? false,
              now: opened.context.clock.wallMs(),
              asked: true,
            }) || exitCodes.needsPerson
          )
        }
        if (isInTarget(attended.record))
          printNote(`${key}: a target holds the new key; it can no longer be lost`)
        else
          printNote(
            `${key}: no target holds the new key yet. If this process ends before one does, delete that key and supply another`,
          )
        return printAttended(attended, {
          json: options.json ?? false,
          now: opened.context.clock.wallMs(),
          asked: true,
        })
      })
    },
  )
}

function addPerson(text: string, before: string[] = []): string[] {
  if (!isPersonName(text))
    throw new InvalidArgumentError('Expected a name: letters, digits, blanks and . _ @ + -, at most 64.')
  return [...before, text]
}

async function loadAttended(context: Parameters<typeof attend>[0], key: string) {
  const { record } = await context.journal.load(key)
  return { key, end: 'idle' as const, record, notes: [] }
}
