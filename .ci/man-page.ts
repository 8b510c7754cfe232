/* The man page, made from the help of the command line. */

import type { Command } from 'commander'
import { exitCodes, meanings } from '../src/cli/exit-codes.ts'
import { makeProgram } from '../src/cli/program.ts'
import { application } from '../src/compose.ts'

const environment: Readonly<Record<string, string>> = {
  KEYROTA_CONFIG: 'The config file, if --config is not given. Default: ./keyrota.yaml.',
  KEYROTA_PERSON:
    'Who gives the command, if it is not the user: recorded at pauses, campaigns, approvals and supplied keys.',
  KEYROTA_LOG_FORMAT: '--log-format of every command that has it.',
  KEYROTA_LOG_LEVEL: '--log-level of every command that has it.',
  KEYROTA_STATE: 'The state folder, whatever the config says.',
  NO_COLOR: 'If set, output has no colours.',
}

const files: Readonly<Record<string, string>> = {
  'keyrota.yaml': 'The config. keyrota init writes a commented one, keyrota schema prints its JSON Schema.',
  '~/.local/state/keyrota/<installation>': 'The journal. It contains no key values.',
}

/** The text of `keyrota.1`. */
export async function makeManPage(): Promise<string> {
  const program = await makeProgram(application, [])
  const help = program.createHelp()
  const commands = help
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => [command, ...command.commands])
  const lines = [
    `.TH KEYROTA 1 "" "keyrota ${application.version}" "User Commands"`,
    '.SH NAME',
    'keyrota \\- rotate API keys: create, deploy, validate, revoke',
    '.SH SYNOPSIS',
    '.B keyrota',
    '.I command',
    '[options]',
    '.SH DESCRIPTION',
    escapeRoff(program.description()),
    '.SH COMMANDS',
    ...commands.flatMap(describeCommand),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([name, code]) =>
      item(String(code), meanings[name as keyof typeof meanings]),
    ),
    ...item('128+n', 'ended by signal n'),
    '.SH ENVIRONMENT',
    ...Object.entries(environment).flatMap(([name, text]) => item(name, text)),
    '.SH FILES',
    ...Object.entries(files).flatMap(([name, text]) => item(name, text)),
  ]
  return `${lines.join('\n')}\n`
}

function describeCommand(command: Command): string[] {
  const help = command.createHelp()
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help')
  return [
    `.SS ${escapeRoff(help.commandUsage(command))}`,
    escapeRoff(sentence(help.commandDescription(command))),
    ...help
      .visibleArguments(command)
      .flatMap((argument) => item(help.argumentTerm(argument), help.argumentDescription(argument))),
    ...options.flatMap((option) => item(help.optionTerm(option), help.optionDescription(option))),
    ...examplesOf(command),
  ]
}

/** What `addHelpText` adds after the help, as it is. */
function examplesOf(command: Command): string[] {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const [, after = ''] = text.split(command.helpInformation())
  const lines = after.split('\n').filter((line) => line.trim() !== '')
  return lines.length === 0 ? [] : ['.PP', '.nf', ...lines.map(escapeRoff), '.fi']
}

function item(term: string, text: string): string[] {
  return ['.TP', `.B ${escapeRoff(term)}`, escapeRoff(text)]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** Text that roff takes as it is. */
function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
}
