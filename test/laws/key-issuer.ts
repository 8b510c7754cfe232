import { creatingRules } from './key-issuer/creating.ts'
import { endingRules } from './key-issuer/ending.ts'
import { failingRules } from './key-issuer/failing.ts'
import type { IssuerRule } from './key-issuer/fixture.ts'
import { expectAccepted } from './key-issuer/helpers.ts'
import { namingRules } from './key-issuer/naming.ts'
import { probingRules } from './key-issuer/probing.ts'
import { rollRules } from './key-issuer/roll.ts'
import { slotsRules } from './key-issuer/slots.ts'

export type {
  FaultyIssuer,
  IssuerFault,
  IssuerFixture,
  IssuerRule,
  OperatorFixture,
  OperatorRule,
} from './key-issuer/fixture.ts'
export { operatorIssuerLaw } from './key-issuer/operator.ts'

/*
 * The law of the KeyIssuer contract, one for each lifecycle: every issuer that ships or is plugged in passes every rule
 * of its own, against its real server where there is one. A runner makes one test of each rule:
 *
 *     for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
 */

/** Rules that hold whatever the lifecycle is. */
const commonRules: readonly IssuerRule[] = [...namingRules, ...probingRules, ...failingRules]

/** For issuers whose keys are made and ended freely: `many`, and `self`, which differs only in who makes the value. */
export const keyIssuerLaw: readonly IssuerRule[] = [...creatingRules, ...endingRules, ...commonRules]

/** For issuers with two fixed places. After each rule the key in use must still be in force. */
export const slotsIssuerLaw: readonly IssuerRule[] = [...slotsRules, ...commonRules].map((rule) => ({
  name: rule.name,
  run: async (fixture) => {
    await rule.run(fixture)
    if (!fixture.inUse) throw new Error('a fixture for slots has a key in use')
    await expectAccepted(fixture.issuer, fixture.inUse.material)
  },
}))

/** For issuers that replace a key in place, with each of the three ends of the one before. */
export const rollIssuerLaw: readonly IssuerRule[] = [...rollRules, ...commonRules]
