import { claimRules } from './journal/claims.ts'
import { commitRules } from './journal/commits.ts'
import { documentRules } from './journal/documents.ts'
import type { JournalRule } from './journal/fixture.ts'
import { moveRules } from './journal/moves.ts'
import { pageRules } from './journal/pages.ts'

export type { JournalFixture, JournalRule } from './journal/fixture.ts'

/**
 * The law of the Journal contract: every journal that ships or is plugged in passes every rule, against its real
 * server where there is one. A runner makes one test of each rule, with a fixture of its own:
 *
 *     for (const rule of journalLaw) test(rule.name, async () => rule.run(await makeFixture()))
 */
export const journalLaw: readonly JournalRule[] = [
  ...claimRules,
  ...commitRules,
  ...moveRules,
  ...pageRules,
  ...documentRules,
]
