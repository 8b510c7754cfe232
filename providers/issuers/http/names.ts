/** What an issuer takes as a name. */
export interface NameGrammar {
  max: number
  /** Characters and ranges of a regular expression's class, with at least one separator. */
  alphabet: string
}

/**
 * The name within the issuer's grammar: characters it does not take become a separator, and what is too long is cut
 * in the middle, so that the mark at the end stays whole.
 * @throws RangeError when not even the mark fits.
 */
export function shapeName(name: string, mark: string, grammar: NameGrammar): string {
  const tail = shapeText(mark, grammar)
  const whole = shapeText(name.endsWith(mark) ? name : `${name}-${mark}`, grammar)
  if (whole.length <= grammar.max) return whole
  if (tail.length > grammar.max)
    throw new RangeError(`a name of ${grammar.max} characters cannot hold ${tail}`)
  const head = whole.slice(0, Math.max(0, grammar.max - tail.length - 1)).replace(/[^A-Za-z0-9]+$/, '')
  return head === '' ? tail : `${head}${separatorOf(grammar)}${tail}`
}

/** Whether a name ends with this mark, after a separator, so that mark `…-1` is found neither in `…-11` nor `…-1x`. */
export function carriesMark(name: string | undefined, mark: string, grammar: NameGrammar): boolean {
  if (name === undefined) return false
  const tail = shapeText(mark, grammar)
  return name === tail || (name.endsWith(tail) && /[^A-Za-z0-9]/.test(name.at(-tail.length - 1) ?? ''))
}

function shapeText(text: string, grammar: NameGrammar): string {
  const cased = grammar.alphabet.includes('a-z') ? text : text.toUpperCase()
  return cased.replace(new RegExp(`[^${grammar.alphabet}]`, 'g'), separatorOf(grammar))
}

/** A hyphen where the grammar takes one, since marks are written with it. */
function separatorOf(grammar: NameGrammar): string {
  const taken = new RegExp(`[${grammar.alphabet}]`)
  return ['-', '_', '.', ':', '/', ' '].find((one) => taken.test(one)) ?? '-'
}
