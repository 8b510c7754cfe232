/* The commands in what Keyrota prints, as they have to be typed after this one. */

import { quoteWord } from '../contracts/shell-word.ts'

const COMMAND =
  /\bkeyrota (check|plan|run|serve|rotate|supply|status|explain|whois|leaked|scan|prove|resume|rollback|rename|forget|permissions)\b(?! --config)/g

/**
 * Adds the config that this command was given to every command in the text: without it, they would read another config.
 * `config` is what `--config` said; undefined leaves the text alone.
 */
export function addConfig(text: string, config: string | undefined): string {
  if (config === undefined) return text
  const option = ` --config ${quoteWord(config)}`
  return text.replace(COMMAND, (command) => command + option)
}
