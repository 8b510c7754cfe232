/* `keyrota campaign` */

import type { Command } from 'commander'
import { ServiceError } from '../service/context.ts'
import { listCampaigns, readCampaign } from '../service/fleet/keep.ts'
import { showCampaign } from '../service/fleet/show.ts'
import { approveCampaign, pauseCampaign, resumeCampaign, stopCampaign } from '../service/fleet/steer.ts'
import type { Application, Opened } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { linesOfList, linesOfReport } from './fleet/lines.ts'
import type { FleetOptions } from './fleet/options.ts'
import { codeOfReport, driveHere } from './fleet/rotate-many.ts'
import { printNote, printResult } from './output.ts'
import { namePerson } from './person.ts'
import { addCommon, addWait, withOpened } from './verb.ts'

interface Options extends FleetOptions {
  reason?: string
}

export function addCampaign(program: Command, application: Application): void {
  const campaign = program
    .command('campaign')
    .description('campaigns: many keys that `keyrota rotate --all` and the like rotate at once')
    .addHelpText('after', '\nExample:\n  keyrota campaign show 20261127-k7f3qa')
  const add = (name: string, description: string) =>
    campaign.command(name).description(description).argument('<campaign>', 'its id')
  addCommon(campaign.command('list').description('the campaigns, newest first')).action(
    async (options: Options) => {
      process.exitCode = await withOpened(application, options, async ({ context }) => {
        const campaigns = await listCampaigns(context)
        printResult(options.json ?? false, { campaigns }, () => linesOfList(campaigns))
        return exitCodes.done
      })
    },
  )
  addCommon(add('show', 'what was replaced when, with the proof of each key, what is left and why')).action(
    (id: string, options: Options) => act(application, options, (opened) => print(opened, id, options)),
  )
  addCommon(add('pause', 'begin nothing more; what is under way goes on'))
    .option('--reason <text>', 'recorded and shown')
    .action((id: string, options: Options) =>
      act(application, options, async (opened) => {
        await pauseCampaign(opened.context, id, namePerson(), options.reason ?? 'asked for')
        await print(opened, id, options)
        return exitCodes.done
      }),
    )
  addCommon(add('stop', 'end it for good; what is under way goes on'))
    .option('--reason <text>', 'recorded and shown')
    .action((id: string, options: Options) =>
      act(application, options, async (opened) => {
        const stopped = await stopCampaign(opened.context, id, namePerson(), options.reason ?? 'asked for')
        if (stopped) await print(opened, id, options)
        else
          printResult(options.json ?? false, { dropped: id }, () => [`${id} was damaged, and is taken out`])
        return exitCodes.done
      }),
    )
  addResume(add('resume', 'let it go on, and drive it here; what has failed is tried once more'), application)
  addApprove(add('approve', 'approve it as the person that you are; two different ones have to'), application)
}

function addResume(command: Command, application: Application): void {
  addWait(addCommon(command))
    .option('--detach', 'only let it go on; `run` or `serve` does it')
    .action(async (id: string, options: Options) => {
      process.exitCode = await withOpened(
        application,
        { ...options, quiet: !options.verbose },
        async (opened, run) => {
          await resumeCampaign(opened.context, id, namePerson())
          return options.detach ? print(opened, id, options) : driveHere(opened, run, id, options)
        },
      )
    })
}

function addApprove(command: Command, application: Application): void {
  addCommon(command)
    .requiredOption('--digest <digest>', 'what is approved, as `campaign show` prints it')
    .action((id: string, options: Options & { digest: string }) =>
      act(application, options, async (opened) => {
        const { digest } = await readCampaign(opened.context, id)
        if (digest !== options.digest)
          throw new ServiceError(
            'refused',
            `${id}: its digest is not ${options.digest}`,
            `See: keyrota campaign show ${id}`,
          )
        const person = namePerson()
        const { missing } = await approveCampaign(opened.context, id, person)
        if (!options.json)
          printNote(
            missing > 0
              ? `approved by ${person}; ${missing} more has to`
              : `approved by ${person}; it begins`,
          )
        return print(opened, id, options)
      }),
    )
}

async function act(
  application: Application,
  options: Options,
  work: (opened: Opened) => Promise<number>,
): Promise<void> {
  process.exitCode = await withOpened(application, options, work)
}

async function print({ context }: Opened, id: string, options: Options): Promise<number> {
  const report = await showCampaign(context, id)
  printResult(options.json ?? false, report, () => linesOfReport(report, { every: true }))
  return codeOfReport(report)
}
