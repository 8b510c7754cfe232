import { findSimilar } from '../../contracts/similar-name.ts'

/** What people write, and what it is called in a config. */
const otherWords: Readonly<Record<string, string>> = {
  path: 'secret',
  name: 'secret',
  destinations: 'targets',
  interval: 'every',
  grace: 'overlap',
  graceperiod: 'overlap',
  timezone: 'timeZone',
  timeout: 'callLimit',
  env: 'environment',
}

/** The name that was probably meant: a synonym, another case, or a few edits away. Undefined if nothing is close. */
export function suggestName(written: string, names: Iterable<string>): string | undefined {
  const known = [...names]
  const synonym = otherWords[written.slice(0, 100).toLowerCase()]
  return synonym !== undefined && known.includes(synonym) ? synonym : findSimilar(written, known)
}
