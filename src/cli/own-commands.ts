/* The commands in what Keyrota prints, as they have to be typed after this one. */

import { quoteWord } from '../contracts/shell-word.ts'

const COMMAND =
  /\bkeyrota (?:check|plan|run|serve|rotate|supply|status|usage(?: (?:show|add|accept))?|explain|whois|leaked|scan|prove|resume|rollback|pause|unpause|rename|forget|permissions|campaign (?:list|show|pause|resume|stop|approve)|notify (?:test|list))\b(?! --config)/g

/**
 * Adds the config that this command was given to every command in the text: without it, they would read another config.
 * `config` is what `--config` said; undefined leaves the text alone.
 */
export function addConfig(text: string, config: string | undefined): string {
  if (config === undefined) return text
  const option = ` --config ${quoteWord(config)}`
  return text.replace(COMMAND, (command) => command + option)
}

/** What `kubectl keyrota` has too. It finds the config by itself. */
const THROUGH_KUBECTL =
  /\bkeyrota (check|plan|supply|status|explain|whois|rotate|resume|rollback|permissions)\b/g
/** Said of the next run, which in a cluster nobody types. */
const WORKER = /\bkeyrota (run|serve)\b/g

/**
 * Turns the commands in the text into those of `kubectl keyrota`. `through` is how that was called, with its own options;
 * `config` is the file that a command has to read that is only in `keyrota`.
 */
export function addKubectl(
  text: string,
  { through, config }: { through: string; config: string | undefined },
): string {
  // A placeholder keeps what is rewritten from being rewritten again.
  const asked = text
    .replace(THROUGH_KUBECTL, (_, verb: string) => `\0kubectl ${verb}\0`)
    .replace(WORKER, (_, verb: string) => `\0plain ${verb}\0`)
  return addConfig(asked, config)
    .replace(/\0kubectl (\w+)\0/g, (_, verb: string) => `${through} ${verb}`)
    .replace(/\0plain (\w+)\0/g, (_, verb: string) => `keyrota ${verb}`)
}
