import { describe, test } from 'vitest'
import { dropMemorySpace, type Fault, make, memorySpace } from '../../../providers/issuers/memory/index.ts'
import { options } from '../../../providers/issuers/memory/options.ts'
import { machine } from '../../../src/machine.ts'
import { type IssuerFault, type IssuerFixture, keyIssuerLaw } from '../../laws/key-issuer.ts'

const faults: Record<IssuerFault, Fault> = {
  denied: { kind: 'refuse', verb: 'any', code: 'denied' },
  throttled: { kind: 'refuse', verb: 'any', code: 'throttled', retryAfterMs: 7 },
  unavailable: { kind: 'refuse', verb: 'any', code: 'unavailable' },
  hang: { kind: 'hang', verb: 'any' },
  'lost-answer': { kind: 'lose-answer', verb: 'any' },
  truncated: { kind: 'lose-answer', verb: 'any' },
}

function makeFixture(): IssuerFixture {
  dropMemorySpace('law')
  const space = memorySpace('law', machine)
  const issuer = make(options.parse({ space: 'law', tellsLastUsed: true }), {
    name: 'issuer',
    stateFolder: '/nowhere',
    ...machine,
  })
  return {
    issuer,
    reportsRetryAfter: true,
    credentials: [],
    liveIds: async () => space.liveKeys().map((key) => key.id),
    requestCount: 'local',
    settle: async () => {},
    async fault(kind) {
      const undo = space.inject(faults[kind])
      return { issuer, undo: async () => undo() }
    },
  }
}

describe('the law of issuers', () => {
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(makeFixture()))
})
