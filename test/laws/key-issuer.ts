import { creatingRules } from './key-issuer/creating.ts'
import { endingRules } from './key-issuer/ending.ts'
import { failingRules } from './key-issuer/failing.ts'
import type { IssuerRule } from './key-issuer/fixture.ts'
import { probingRules } from './key-issuer/probing.ts'

export type {
  FaultyIssuer,
  IssuerFault,
  IssuerFixture,
  IssuerRule,
  OperatorFixture,
  OperatorRule,
} from './key-issuer/fixture.ts'
export { operatorIssuerLaw } from './key-issuer/operator.ts'

/**
 * The law of the KeyIssuer contract for issuers that make keys freely (`lifecycle: 'many'`): every one that ships or
 * is plugged in passes every rule, against its real server where there is one. A runner makes one test of each rule:
 *
 *     for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
 */
export const keyIssuerLaw: readonly IssuerRule[] = [
  ...creatingRules,
  ...probingRules,
  ...endingRules,
  ...failingRules,
]
