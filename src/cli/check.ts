/* `keyrota check` */

import type { Command } from 'commander'
import { check, type Finding } from '../service/check.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { paint, printResult } from './output.ts'
import { table } from './table.ts'
import { addCommon, addProgress, type CommonOptions, withOpened } from './verb.ts'

export function addCheck(program: Command, application: Application): void {
  const command = program
    .command('check')
    .description('check the config, access to every target and issuer, and every probe; changes nothing')
    .argument('[keys...]', 'names of keys (default: all)')
    .addHelpText('after', '\nExample:\n  keyrota check renderer-prod')
  addProgress(addCommon(command)).action(async (keys: string[], options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async (opened, { progress }) => {
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
  })
}

function sign(finding: Finding): string {
  const signs = { ok: 'ok', assumed: 'assumed', problem: 'PROBLEM', unavailable: 'UNAVAILABLE' }
  return finding.level === 'ok'
    ? signs.ok
    : paint(finding.level === 'problem' ? 'red' : 'yellow', signs[finding.level])
}
