/* `keyrota check` */

import type { Command } from 'commander'
import { check, type Finding } from '../service/check.ts'
import { checkIssuer } from '../service/check-issuer.ts'
import type { Application, Opened } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { paint, printNote, printResult } from './output.ts'
import { table } from './table.ts'
import { addCommon, addProgress, type CommonOptions, withOpened } from './verb.ts'

export function addCheck(program: Command, application: Application): void {
  const command = program
    .command('check')
    .description('check the config, access to every target and issuer, and every probe; changes nothing')
    .argument('[keys...]', 'names of keys (default: all)')
    .option('--issue <issuer>', 'create one key at this issuer, see that it works, and revoke it again')
    .addHelpText('after', '\nExamples:\n  keyrota check renderer-prod\n  keyrota check --issue openrouter')
  addProgress(addCommon(command)).action(
    async (keys: string[], options: CommonOptions & { issue?: string }) => {
      process.exitCode = await withOpened(application, options, async (opened, { progress }) => {
        if (options.issue !== undefined) return printTrial(opened, options.issue, options.json ?? false)
        const findings = await progress.during('check', 'asking every target, issuer and consumer', () =>
          check(opened.context, keys),
        )
        printResult(options.json ?? false, { config: opened.file, findings }, () => [
          `config ${opened.file}: OK`,
          ...table(
            ['KEY', 'PLACE', 'RESULT', 'DETAIL'],
            findings.map((one) => [one.key, one.place, sign(one), one.text]),
          ),
          ...findings.flatMap((one) => (one.nextStep ? [`${one.place}: ${one.nextStep}`] : [])),
        ])
        if (findings.some((one) => one.level === 'problem')) return exitCodes.needsPerson
        return findings.some((one) => one.level === 'unavailable') ? exitCodes.unavailable : exitCodes.done
      })
    },
  )
}

/** Makes a key for the check alone and reports each step. */
async function printTrial(opened: Opened, issuer: string, json: boolean): Promise<number> {
  const announce = (name: string) =>
    printNote(`creating ${name} at ${issuer}; if this is interrupted, delete that key by hand`)
  const checked = await checkIssuer(opened.context, issuer, announce)
  const { steps, leftOver } = checked
  printResult(json, { config: opened.file, ...checked }, () => [
    ...table(
      ['STEP', 'RESULT', 'DETAIL'],
      steps.map((one) => [one.step, signs[one.level], one.text]),
    ),
    ...steps.flatMap((one) => (one.nextStep ? [`${one.step}: ${one.nextStep}`] : [])),
    ...(leftOver ? [`delete ${leftOver.name ?? leftOver.id} at ${issuer} by hand: it may be live`] : []),
  ])
  return leftOver || steps.some((one) => one.level === 'problem') ? exitCodes.needsPerson : exitCodes.done
}

const signs = { ok: 'ok', problem: 'PROBLEM', skipped: 'skipped' }

function sign(finding: Finding): string {
  const signs = { ok: 'ok', assumed: 'assumed', problem: 'PROBLEM', unavailable: 'UNAVAILABLE' }
  return finding.level === 'ok'
    ? signs.ok
    : paint(finding.level === 'problem' ? 'red' : 'yellow', signs[finding.level])
}
