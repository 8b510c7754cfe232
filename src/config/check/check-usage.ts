import type { Finding } from '../schema/judge.ts'
import type { RawUsage } from '../schema/usage.ts'
import type { Path } from '../text/path.ts'
import { checkName } from './check-references.ts'

/** In `usage.from`: the issuer of the key, and no meter of the config. */
const ISSUER = 'issuer'
/** Names that mean something else: the issuer, and numbers that a person typed in. */
const RESERVED = [ISSUER, 'typed']

export function checkMeterNames(names: readonly string[]): Finding[] {
  return names
    .filter((name) => RESERVED.includes(name))
    .map((name) => ({
      path: ['meters', name],
      atName: true,
      message: `a meter cannot be called ${name}`,
      expected: 'another name',
    }))
}

/** What `usage` of a key, or of `defaults`, says that the schema alone cannot check. */
export function checkUsage(usage: RawUsage | undefined, path: Path, meters: readonly string[]): Finding[] {
  if (!usage) return []
  const findings = usage.from.flatMap((name, at) => {
    const place = [...path, 'from', at]
    if (usage.from.indexOf(name) < at) return [{ path: place, message: 'is listed twice' }]
    return name === ISSUER ? [] : checkName(place, name, 'meter', meters)
  })
  if (!usage.idle || usage.silentFor === undefined) return findings
  const message = 'a key that should be idle cannot be silent for too long'
  return [...findings, { path: [...path, 'silentFor'], atName: true, message, expected: 'one of the two' }]
}
