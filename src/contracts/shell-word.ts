/* Quotes words for a shell, so that a command that Keyrota prints can be pasted as it is. */

/** Characters that no shell interprets, wherever they are in a word. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/

/** One word of a command line, quoted for sh, bash, zsh and fish if it needs to be. */
export function quoteWord(text: string): string {
  if (PLAIN.test(text)) return text
  if (/\p{Cc}/u.test(text)) return `$'${text.replace(/[\p{Cc}'\\]/gu, escapeCharacter)}'`
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Control characters would act on the terminal that shows the command, so that bash and zsh get them as escapes. */
function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
