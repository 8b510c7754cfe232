import { type Path, valueAt } from '../text/path.ts'

/** Where a field of the policy comes from: the key, else `defaults`. A built-in default is reported at the key. */
export function blame(data: unknown, key: Path, field: string): Path {
  const isOfDefaults = valueAt(data, [...key, field]) === undefined
  const shared: Path = ['defaults', field]
  return isOfDefaults && valueAt(data, shared) !== undefined ? shared : [...key, field]
}
