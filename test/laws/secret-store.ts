import { absentRules } from './secret-store/absent.ts'
import { failingRules } from './secret-store/failing.ts'
import type { StoreRule } from './secret-store/fixture.ts'
import { interruptedRules } from './secret-store/interrupted.ts'
import { sharingRules } from './secret-store/sharing.ts'
import { versionRules } from './secret-store/versions.ts'
import { writingRules } from './secret-store/writing.ts'

export type { Content, Fault, StoreFixture, StoreNature, StoreRule } from './secret-store/fixture.ts'

/**
 * The law of the SecretStore contract: every store that ships or is plugged in passes every rule, against its real
 * server where there is one. A runner makes one test of each rule:
 *
 *     for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
 */
export const secretStoreLaw: readonly StoreRule[] = [
  ...writingRules,
  ...absentRules,
  ...versionRules,
  ...sharingRules,
  ...failingRules,
  ...interruptedRules,
]
