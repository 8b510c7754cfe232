/* JSON as it was sent: a number that a double would change is read as its own text. */

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

/**
 * Parses JSON. A number whose text JavaScript would not print again (an integer beyond 2^53, `1.10`, `1e3`) becomes that
 * text, because it may be an id: rounded, it would name another key.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, keepSource)
}

/** The same for text that may be anything: undefined if it is no JSON. */
export function tryExactJson(text: string): unknown {
  try {
    return JSON.parse(text, keepSource)
  } catch {
    return undefined
  }
}

const keepSource = ((_name, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source
    ? source
    : value) as Reviver as (name: string, value: unknown) => unknown

/** Whether two scalars are the same, with a number that was kept as its text taken for the number it is. */
export function isSameScalar(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const [number, text] = typeof one === 'number' ? [one, other] : [other, one]
  if (typeof number !== 'number' || typeof text !== 'string') return false
  const isKept = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && String(Number(text)) !== text
  return isKept && Number.isSafeInteger(number) && Number(text) === number
}
