import type { TeamGrant } from '../../contracts/config.ts'
import { formatDuration } from '../../contracts/duration.ts'
import type { MergedPolicy } from '../check/resolve-key.ts'
import { listValues } from '../schema/issue-words.ts'
import type { Finding } from '../schema/judge.ts'
import type { RawManagedKey } from '../schema/managed-key-spec.ts'
import { suggestName } from '../schema/suggest.ts'
import type { Path } from '../text/path.ts'
import { type Decision, decisions } from './fields.ts'

export interface Judging {
  /** The fields that the object sets, as it says them. */
  said: Readonly<Record<string, unknown>>
  raw: RawManagedKey
  grant: TeamGrant
  /** What the config says of every key. */
  platform: MergedPolicy
}

/** Holds each field that the object sets against the decision about it. */
export function judgeFields(judging: Judging): Finding[] {
  return Object.entries(decisions).flatMap(([name, decision]) => {
    if (!Object.hasOwn(judging.said, name)) return []
    const value = judging.raw[name as keyof RawManagedKey]
    return value === undefined ? [] : judgeField(['spec', name], decision, value, judging)
  })
}

function judgeField(path: Path, decision: Decision, value: unknown, judging: Judging): Finding[] {
  if (decision.is === 'refused')
    return isEmptyList(value)
      ? []
      : [{ path, message: 'only the config of the platform sets this', expected: 'no such field' }]
  if (decision.is === 'granted') return judgeNames(path, decision.by, value, judging.grant)
  const ofPlatform: unknown = Object(judging.platform)[String(path[1])]
  if (decision.is === 'only')
    return value === decision.value || value === ofPlatform
      ? []
      : [
          {
            path,
            message: 'the config of the platform does not allow this',
            expected: String(decision.value),
          },
        ]
  if (decision.is === 'bounded' && typeof value === 'number')
    return judgeBounds(path, decision, value, typeof ofPlatform === 'number' ? ofPlatform : undefined)
  return []
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function judgeNames(
  path: Path,
  by: 'environments' | 'issuers' | 'scopes',
  value: unknown,
  grant: TeamGrant,
): Finding[] {
  const open = grant[by]
  const named: readonly [Path, unknown][] = Array.isArray(value)
    ? value.map((one, at) => [[...path, at], one] as const)
    : [[path, value]]
  return named
    .filter(([, name]) => !open.some((one) => one === name))
    .map(([place, name]) => ({
      path: place,
      message: `is not opened to this namespace`,
      expected: open.length > 0 ? listValues(open) : 'none: the config of the platform opens none',
      suggestion: suggestName(String(name), open),
    }))
}

/** What the platform's own default allows a team may say too, even beyond the bounds. */
function judgeBounds(
  path: Path,
  { least, most, unit }: Extract<Decision, { is: 'bounded' }>,
  value: number,
  ofPlatform: number | undefined,
): Finding[] {
  const low = Math.min(least, ofPlatform ?? least)
  const high = Math.max(most, ofPlatform ?? most)
  if (value >= low && value <= high) return []
  const write = (bound: number) => (unit === 'ms' ? formatDuration(bound) : String(bound))
  return value < low
    ? [{ path, message: 'is less than a team may set', expected: `at least ${write(low)}` }]
    : [{ path, message: 'is more than a team may set', expected: `at most ${write(high)}` }]
}
