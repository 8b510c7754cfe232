import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './output.ts'

export function addInit(program: Command, application: Application): void {
  program
    .command('init')
    .description('write a commented config to begin with; never over an existing file')
    .argument('[file]', 'where to write it', 'keyrota.yaml')
    .addHelpText('after', '\nExample:\n  keyrota init && $EDITOR keyrota.yaml && keyrota check')
    .action(async (file: string) => {
      try {
        await writeFile(file, application.initConfig(), { flag: 'wx', mode: 0o644 })
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
        say(
          code === 'EEXIST'
            ? `${file} is there already; it was left alone`
            : `${file} cannot be written (${code})`,
        )
        process.exitCode = exitCodes.usage
        return
      }
      say(`wrote ${file}; edit it, then run: keyrota check --config ${file}`)
    })
}
