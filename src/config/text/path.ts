/** A place in a config: field names, and positions in lists from 0. */
export type Path = readonly (string | number)[]

/** Anything else may be a value that became a name by mistake, as in `{ token:abc }`, where a space is missing. */
const PLAIN_NAME = /^[A-Za-z0-9_][\w.-]{0,63}$/

/** For example `keys.renderer-prod.targets[0].store`. A name that no field can have is replaced by `…`. */
export function formatPath(path: Path): string {
  const steps = path.map((step, at) => {
    if (typeof step === 'number') return `[${step}]`
    return `${at === 0 ? '' : '.'}${PLAIN_NAME.test(step) ? step : '…'}`
  })
  return steps.join('')
}

/** The path of a zod issue. A config has no symbols. */
export function readPath(steps: readonly PropertyKey[]): Path {
  return steps.map((step) => (typeof step === 'number' ? step : String(step)))
}

/** The value at this place of plain data; undefined if there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}
