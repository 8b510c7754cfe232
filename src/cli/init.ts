/* `keyrota init` */

import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { printNote } from './output.ts'

export function addInit(program: Command, application: Application): void {
  program
    .command('init')
    .description('write a commented starter config; never overwrites a file')
    .argument('[file]', 'where to write it', 'keyrota.yaml')
    .addHelpText('after', '\nExample:\n  keyrota init && $EDITOR keyrota.yaml && keyrota check')
    .action(async (file: string) => {
      try {
        await writeFile(file, application.initConfig(), { flag: 'wx', mode: 0o644 })
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
        printNote(
          code === 'EEXIST'
            ? `${file} already exists and was not changed; run: keyrota init <another file>`
            : `cannot write ${file} (${code})`,
        )
        process.exitCode = exitCodes.usage
        return
      }
      printNote(`wrote ${file}; edit it, then run: keyrota check --config ${file}`)
    })
}
