/** Where something stands in a config: field names, and positions in lists from 0. */
export type Path = readonly (string | number)[]

/** Anything else may be a value that slipped into a name, as in `{ token:abc }`, where a blank is missing. */
const PLAIN_NAME = /^[A-Za-z0-9_][\w.-]{0,63}$/

/** Such as `keys.renderer-prod.targets[0].store`; a name that no field could have is left out. */
export function formatPath(path: Path): string {
  const steps = path.map((step, at) => {
    if (typeof step === 'number') return `[${step}]`
    return `${at === 0 ? '' : '.'}${PLAIN_NAME.test(step) ? step : '…'}`
  })
  return steps.join('')
}

/** The steps a zod issue names; symbols never stand in a config. */
export function readPath(steps: readonly PropertyKey[]): Path {
  return steps.map((step) => (typeof step === 'number' ? step : String(step)))
}

/** What stands at this place of plain data; undefined when nothing does. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}
