/* Fits key names into the issuer's rules and finds marks in them. */

/** Which names an issuer accepts. */
export interface NameGrammar {
  max: number
  /** A character class of a regular expression, without brackets, with at least one separator. */
  alphabet: string
}

/**
 * Returns a name that the issuer accepts: other characters become a separator, and a long name is cut before its mark.
 * @throws RangeError if not even the mark fits.
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

/** Whether a name ends with this mark after a separator, so that mark `a-1` matches neither `a-11` nor `xa-1`. */
export function carriesMark(name: string | undefined, mark: string, grammar: NameGrammar): boolean {
  if (name === undefined) return false
  const tail = shapeText(mark, grammar)
  return name === tail || (name.endsWith(tail) && /[^A-Za-z0-9]/.test(name.at(-tail.length - 1) ?? ''))
}

function shapeText(text: string, grammar: NameGrammar): string {
  const cased = grammar.alphabet.includes('a-z') ? text : text.toUpperCase()
  return cased.replace(new RegExp(`[^${grammar.alphabet}]`, 'g'), separatorOf(grammar))
}

/** A hyphen if the issuer accepts one, since marks contain hyphens. */
function separatorOf(grammar: NameGrammar): string {
  const taken = new RegExp(`[${grammar.alphabet}]`)
  return ['-', '_', '.', ':', '/', ' '].find((one) => taken.test(one)) ?? '-'
}
