/* `keyrota completion`, and the hidden command that the scripts it prints call at each Tab. */

import { readdir } from 'node:fs/promises'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import type { Application } from './application.ts'

/** Commands whose first argument is the name of a key. */
const OF_KEYS = ['check', 'rotate', 'supply', 'status', 'explain', 'resume', 'rollback'] as const

/** Adds both commands to a program that has all others already. Names of keys come from the config. */
export async function addCompletion(
  program: Command,
  application: Application,
  argv: readonly string[],
): Promise<void> {
  const isAsked = argv[2] === 'complete'
  const names = isAsked ? await application.keyNames({ config: configIn(argv) }) : []
  const configs = isAsked ? await listConfigs() : []
  const completions = tab(program, { completionCommandName: 'completion' })
  for (const { options } of completions.commands.values()) {
    const config = options.get('config')
    if (!config) continue
    config.handler = (complete) => {
      for (const each of configs) complete(each, 'config file')
    }
  }
  for (const name of OF_KEYS) {
    const [key] = completions.commands.get(name)?.arguments.values() ?? []
    if (!key) continue
    key.handler = (complete) => {
      for (const each of names) complete(each, 'key')
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print a completion script for bash, zsh, fish or PowerShell')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  keyrota completion bash > ~/.local/share/bash-completion/completions/keyrota   # needs the package bash-completion',
        '  source <(keyrota completion zsh)   # in ~/.zshrc, after compinit',
        '  keyrota completion fish > ~/.config/fish/completions/keyrota.fish',
      ].join('\n'),
    )
}

/** Files in the current folder that may be a config. */
async function listConfigs(): Promise<string[]> {
  return (await readdir('.')).filter((name) => /\.ya?ml$/.test(name))
}

/** The config that the command line being completed names. */
function configIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--config' || word === '-c')
  const joined = argv.find((word) => word.startsWith('--config='))
  return joined?.slice('--config='.length) ?? (at < 0 ? undefined : argv[at + 1])
}
