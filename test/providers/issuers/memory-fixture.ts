import {
  dropMemorySpace,
  type Fault,
  type MemorySpace,
  make,
  memorySpace,
} from '../../../providers/issuers/memory/index.ts'
import { options } from '../../../providers/issuers/memory/options.ts'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import { machine } from '../../../src/machine.ts'
import type { IssuerFault, IssuerFixture } from '../../laws/key-issuer.ts'
import { VirtualClock } from '../../shared/virtual-clock.ts'

const DIES_AFTER_MS = 3_600_000

const faults: Record<IssuerFault, Fault> = {
  denied: { kind: 'refuse', verb: 'any', code: 'denied' },
  throttled: { kind: 'refuse', verb: 'any', code: 'throttled', retryAfterMs: 7 },
  unavailable: { kind: 'refuse', verb: 'any', code: 'unavailable' },
  hang: { kind: 'hang', verb: 'any' },
  'lost-answer': { kind: 'lose-answer', verb: 'any' },
  truncated: { kind: 'lose-answer', verb: 'any' },
}

/** Every key that the space still accepts, under the id by which the issuer of this lifecycle knows it. */
function readLiveIds(space: MemorySpace, lifecycle: ApiIssuer['lifecycle']): string[] {
  const now = space.now()
  return space.keys
    .filter((key) => now < key.deadFrom)
    .map((key) => {
      const secret = idOfSecret(key.material)
      if (lifecycle === 'roll') return secret
      return lifecycle === 'slots' ? `${key.slot}@${secret.slice('fp:'.length)}` : key.id
    })
}

/** The law's fixture around a memory issuer with these options, which may be spoilt by `change`. */
export async function makeMemoryFixture(
  given: object,
  change: (issuer: ApiIssuer, space: MemorySpace) => ApiIssuer = (issuer) => issuer,
): Promise<IssuerFixture> {
  dropMemorySpace('law')
  const clock = new VirtualClock()
  const ambient = { clock, random: machine.random }
  const space = memorySpace('law', ambient)
  const context = { name: 'issuer', stateFolder: '/nowhere', ...ambient }
  const issuer = change(make(options.parse({ space: 'law', ...given }), context), space)
  const fixture: IssuerFixture = {
    issuer,
    reportsRetryAfter: true,
    credentials: [],
    liveIds: async () => readLiveIds(space, issuer.lifecycle),
    requestCount: async () => Object.values(space.calls).reduce((sum, count) => sum + count, 0),
    settle: async () => {},
    passOverlap: async () => clock.pass(DIES_AFTER_MS),
    async fault(kind) {
      const undo = space.inject(faults[kind])
      return { issuer, undo: async () => undo() }
    },
  }
  const [first] = space.keys
  if (issuer.lifecycle === 'slots' && first) {
    const call = { signal: new AbortController().signal, beforeSend: () => {} }
    fixture.inUse = {
      material: first.material,
      ref: (await issuer.identify?.(first.material, call)) ?? { id: '' },
    }
  }
  return fixture
}
