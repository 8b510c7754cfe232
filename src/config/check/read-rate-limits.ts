/** Reads `rateLimits` of an issuer or a store: each class is one that its provider counts. */
import type { Rate } from '../../contracts/budget.ts'
import type { OptionsModule } from '../../contracts/provider-entry.ts'
import { publishedLimitsOf } from '../../contracts/published-limits.ts'
import { listValues } from '../schema/issue-words.ts'
import { type Finding, judge } from '../schema/judge.ts'
import { rateLimitsSchema } from '../schema/rate-limits.ts'
import { suggestName } from '../schema/suggest.ts'
import type { Path } from '../text/path.ts'

export function readRateLimits(
  given: unknown,
  about: { kind: 'issuers' | 'stores'; name: string; module: OptionsModule; options: unknown },
  path: Path,
): { rateLimits?: Readonly<Record<string, Rate | null>>; findings: readonly Finding[] } {
  if (given === undefined) return { findings: [] }
  const judged = judge(rateLimitsSchema, given, path)
  if (!judged.isRight) return { findings: judged.findings }
  const known = Object.keys(publishedLimitsOf(about).classes)
  const findings = Object.keys(judged.value).flatMap((name) =>
    known.includes(name)
      ? []
      : [
          {
            path: [...path, name],
            message: 'calls of this class are not counted there',
            expected: listValues(known),
            suggestion: suggestName(name, known),
            atName: true,
          },
        ],
  )
  return findings.length > 0 ? { findings } : { rateLimits: judged.value, findings: [] }
}
