/* `keyrota rotate` for many keys: shows what it would touch, asks for the number, and drives the campaign. */

import type { Command } from 'commander'
import { quoteWord } from '../../contracts/shell-word.ts'
import type { Campaign } from '../../fleet/campaign.ts'
import type { CampaignReport } from '../../fleet/report.ts'
import { driveCampaign } from '../../service/fleet/drive.ts'
import { takeCampaign } from '../../service/fleet/lease.ts'
import { tryAll } from '../../service/fleet/rehearse.ts'
import { showCampaign } from '../../service/fleet/show.ts'
import { type Draft, draftCampaign, startCampaign } from '../../service/fleet/start.ts'
import { tellWaits } from '../../service/fleet/tell.ts'
import type { Application, Opened } from '../application.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import { printEvent, printNote, printResult } from '../output.ts'
import { namePerson } from '../person.ts'
import { askText } from '../prompts.ts'
import { type Run, stoppedBy, withOpened } from '../verb.ts'
import { linesOfDraft, linesOfReport } from './lines.ts'
import { type Manner, showLive } from './live.ts'
import { type FleetOptions, readWish } from './options.ts'

const DEFAULT_WAIT_MS = 600_000

/** @returns the exit code */
export function rotateMany(
  application: Application,
  command: Command,
  options: FleetOptions,
): Promise<number> {
  // The lines of single rotations would hide how far the whole is.
  const quiet = !options.verbose
  return withOpened(application, { ...options, quiet }, async (opened, run) => {
    const draft = await draftCampaign(opened.context, await readWish(options))
    if (options.json) printEvent({ event: 'plan', ...documentOf(draft) } as { event: string })
    else printResult(false, null, () => linesOfDraft(draft))
    if (options.dryRun) return rehearse(opened, draft, options)
    if (!(await isConfirmed(command, draft, options))) return exitCodes.usage
    const campaign = await startCampaign(opened.context, draft, namePerson())
    if (options.json)
      printEvent({ event: 'campaign', campaign: campaign.id, state: campaign.state } as { event: string })
    if (campaign.state === 'waiting-for-approval') tellWaits(opened.context, campaign)
    const isOurs = campaign.state === 'running' && !options.detach
    return isOurs ? driveHere(opened, run, campaign.id, options) : printReport(opened, campaign.id, options)
  })
}

/** How many keys are touched: what a person types in. */
function touchedBy({ blast }: Draft): number {
  return blast.auto + blast.asks.length
}

/** @throws CommanderError (exit code 2) where nobody can be asked, or for a `--yes` that is not what was shown */
async function isConfirmed(command: Command, draft: Draft, options: FleetOptions): Promise<boolean> {
  const count = touchedBy(draft)
  const given = options.yes
  if (given !== undefined && given !== count)
    command.error(`error: --yes ${given} is not how many keys are touched: ${count}; nothing was done`, {
      exitCode: exitCodes.usage,
    })
  if (given !== undefined) return true
  if (count === 0)
    command.error('error: none of these keys can be rotated; nothing was done', { exitCode: exitCodes.usage })
  if (options.json || !process.stdin.isTTY)
    command.error(
      `error: nobody is there to confirm it; nothing was done. Run: keyrota ${typedCommand()} --yes ${count}`,
      { exitCode: exitCodes.usage },
    )
  const typed = await askText(`Type the number of keys that are touched, to rotate them`)
  if (typed === String(count)) return true
  printNote(typed === null ? 'nothing was done' : `that is not ${count}; nothing was done`)
  return false
}

/** As it was typed, to be pasted. */
function typedCommand(): string {
  return process.argv.slice(2).map(quoteWord).join(' ')
}

async function rehearse(opened: Opened, draft: Draft, options: FleetOptions): Promise<number> {
  const { findings, keys } = await tryAll(opened.context, draft)
  const problems = findings.filter(({ level }) => level === 'problem' || level === 'unavailable')
  if (options.json) printEvent({ event: 'dry-run', keys, problems } as { event: string })
  else
    printResult(false, null, () => [
      ...problems.map(({ key, place, text }) => `${key}: ${place}: ${text}`),
      `checked ${keys === 1 ? '1 key' : `${keys} keys`}: ${problems.length === 0 ? 'nothing stands in the way' : `${problems.length} problems`}; nothing was changed`,
    ])
  const isBad = problems.some(({ level }) => level === 'problem')
  return isBad ? exitCodes.needsPerson : problems.length > 0 ? exitCodes.unavailable : exitCodes.done
}

/** Drives the campaign until it is over, rests, or is paused; prints what it has come to. */
export async function driveHere(
  opened: Opened,
  run: Run,
  id: string,
  options: FleetOptions,
): Promise<number> {
  const { context } = opened
  const taken = await takeCampaign(context, id)
  if (taken === 'held') {
    printNote(`another process drives the campaign ${id}`)
    return exitCodeOf([await printReport(opened, id, options), exitCodes.claimed])
  }
  if (taken === 'not-running') return printReport(opened, id, options)
  const manner: Manner = options.json ? 'events' : options.quiet ? 'quiet' : 'lines'
  const live = showLive(context.clock, manner)
  const pausing = () => {
    if (!options.json) printNote('stopping after the calls under way …')
  }
  run.stop.addEventListener('abort', pausing, { once: true })
  try {
    await driveCampaign(context, taken, {
      listener: live.listener,
      restMs: options.wait ?? DEFAULT_WAIT_MS,
      onStop: () => (stoppedBy.signal === 'SIGINT' ? { by: namePerson(), why: 'Ctrl-C' } : null),
    })
  } finally {
    live.stop()
    run.stop.removeEventListener('abort', pausing)
  }
  return printReport(opened, id, options)
}

async function printReport({ context }: Opened, id: string, options: FleetOptions): Promise<number> {
  const report = await showCampaign(context, id)
  if (options.json) printEvent({ event: 'report', ...report } as { event: string })
  else printResult(false, null, () => linesOfReport(report, { every: false }))
  return codeOfReport(report)
}

/** A person is needed for all that the campaign has not done and does not do by itself. */
export function codeOfReport({ state, counts }: Pick<CampaignReport, 'state' | 'counts'>): number {
  const isHalted: Campaign['state'][] = ['paused', 'waiting-for-approval']
  if (isHalted.includes(state) || counts.failed + counts.asked + counts.left > 0) return exitCodes.needsPerson
  return exitCodes.done
}

function documentOf(draft: Draft): object {
  const { plan, blast, digest, isBreakGlass, forecast, needsApproval, passedOver } = draft
  return { touched: touchedBy(draft), digest, isBreakGlass, needsApproval, passedOver, plan, blast, forecast }
}
