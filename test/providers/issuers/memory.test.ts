import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  dropMemorySpace,
  type Fault,
  type MemorySpace,
  make,
  memorySpace,
} from '../../../providers/issuers/memory/index.ts'
import { options } from '../../../providers/issuers/memory/options.ts'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { seedRandom } from '../../shared/seeded-random.ts'
import { VirtualClock } from '../../shared/virtual-clock.ts'

const request = { name: 'keyrota-web-k7f3-r1-1', mark: 'k7f3-r1-1', seen: [] }

let space: MemorySpace
let clock: VirtualClock
let sent: number

beforeEach(() => {
  clock = new VirtualClock()
  space = memorySpace('test', { clock, random: seedRandom(1) })
  sent = 0
})
afterEach(() => dropMemorySpace('test'))

function makeIssuer(settings: Record<string, unknown> = {}): ApiIssuer {
  return make(options.parse({ space: 'test', ...settings }), {
    ...{ name: 'issuer', stateFolder: '/nowhere' },
    ...{ clock, random: space.random },
  })
}

function makeCall(signal = new AbortController().signal) {
  return {
    signal,
    beforeSend: () => {
      sent += 1
    },
  }
}

test('a key is issued, found by its mark, accepted, revoked and then refused', async () => {
  const issuer = makeIssuer()
  const issued = await issuer.issue(request, makeCall())
  expect(issued.ref.name).toBe(request.name)
  expect(await issuer.find(request, makeCall())).toEqual([issued.ref])
  expect(await issuer.find({ ...request, mark: 'k7f3-r1-11' }, makeCall())).toEqual([])
  expect(await issuer.identify?.(issued.material, makeCall())).toEqual(issued.ref)
  expect((await issuer.probe(issued.material, makeCall())).verdict).toBe('accepted')
  await issuer.disable?.({ ref: issued.ref }, makeCall())
  expect((await issuer.probe(issued.material, makeCall())).verdict).toBe('rejected')
  await issuer.enable?.({ ref: issued.ref }, makeCall())
  expect((await issuer.probe(issued.material, makeCall())).verdict).toBe('accepted')
  await issuer.revoke({ ref: issued.ref }, makeCall())
  expect((await issuer.probe(issued.material, makeCall())).verdict).toBe('rejected')
  expect(await issuer.list(makeCall())).toEqual([])
  await expect(issuer.revoke({ ref: issued.ref }, makeCall())).rejects.toMatchObject({ code: 'not_found' })
  expect(sent).toBe(13)
})

test('every key has values of its own, one for each part', async () => {
  const issuer = makeIssuer({ parts: ['id', 'secret'] })
  const one = await issuer.issue(request, makeCall())
  const two = await issuer.issue({ ...request, mark: 'k7f3-r1-2', name: 'keyrota-web-k7f3-r1-2' }, makeCall())
  const values = [one, two].flatMap((issued) => Object.values(issued.material).map((part) => part.expose()))
  expect(new Set(values).size).toBe(4)
  expect(
    (await issuer.probe({ id: one.material.id!, secret: two.material.secret! }, makeCall())).verdict,
  ).toBe('rejected')
})

test('garbage has the shape of a key and is refused', async () => {
  const issuer = makeIssuer({ parts: ['id', 'secret'] })
  const garbage = issuer.garbage?.() ?? {}
  expect(Object.keys(garbage)).toEqual(['id', 'secret'])
  expect(await issuer.probe(garbage, makeCall())).toEqual({ verdict: 'rejected', status: 401 })
})

test('an answer that is lost leaves the key behind, and its mark finds it', async () => {
  const issuer = makeIssuer()
  space.inject({ kind: 'lose-answer', verb: 'issue' }, 1)
  await expect(issuer.issue(request, makeCall())).rejects.toMatchObject({
    code: 'unavailable',
    effect: 'unknown',
  })
  expect(await issuer.find(request, makeCall())).toHaveLength(1)
})

test('an effect that lands late is not there before its time', async () => {
  const issuer = makeIssuer()
  space.inject({ kind: 'land-late', verb: 'issue', ms: 500 }, 1)
  await expect(issuer.issue(request, makeCall())).rejects.toMatchObject({ effect: 'unknown' })
  clock.pass(499)
  expect(await issuer.list(makeCall())).toEqual([])
  clock.pass(1)
  expect(await issuer.list(makeCall())).toHaveLength(1)
})

test('a revoke that lands after the key is gone is heard by nobody', async () => {
  const issuer = makeIssuer()
  const { ref } = await issuer.issue(request, makeCall())
  space.inject({ kind: 'land-late', verb: 'revoke', ms: 10 }, 1)
  await expect(issuer.revoke({ ref }, makeCall())).rejects.toMatchObject({ effect: 'unknown' })
  await issuer.revoke({ ref }, makeCall())
  clock.pass(10)
  expect(await issuer.list(makeCall())).toEqual([])
})

test('a call that hangs ends when its caller aborts, and nothing happened', async () => {
  const issuer = makeIssuer()
  space.inject({ kind: 'hang', verb: 'any' }, 1)
  const aborter = new AbortController()
  const issuing = issuer.issue(request, makeCall(aborter.signal))
  aborter.abort()
  await expect(issuing).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
  expect(space.keys).toEqual([])
})

test('a call that is aborted already sends nothing', async () => {
  const issuer = makeIssuer()
  await expect(issuer.issue(request, makeCall(AbortSignal.abort()))).rejects.toMatchObject({ effect: 'none' })
  expect([sent, space.keys]).toEqual([0, []])
})

test.each([
  ['throttled', 429],
  ['unavailable', 503],
  ['denied', 403],
] as const)('a space that is %s refuses for certain and gives no verdict', async (code, status) => {
  const issuer = makeIssuer()
  space.inject({ kind: 'refuse', verb: 'any', code, retryAfterMs: 7 })
  await expect(issuer.issue(request, makeCall())).rejects.toMatchObject({
    code,
    effect: 'none',
    retryAfterMs: 7,
  })
  const key = space.addKey()
  expect(await issuer.probe(key.material, makeCall())).toMatchObject({
    verdict: 'unknown',
    status,
    retryAfterMs: 7,
  })
  space.clearFaults()
  expect((await issuer.probe(key.material, makeCall())).verdict).toBe('accepted')
})

test.each<[Fault, string[]]>([
  [{ kind: 'activate-late', ms: 20 }, ['rejected', 'rejected', 'accepted']],
  [{ kind: 'die-early', afterProbes: 2 }, ['accepted', 'accepted', 'rejected']],
  [{ kind: 'reject-all' }, ['rejected', 'rejected', 'rejected']],
])('a new key under %j is answered %j, ten milliseconds apart', async (fault, verdicts) => {
  const issuer = makeIssuer()
  space.inject(fault)
  const { material: key } = await issuer.issue(request, makeCall())
  const seen: string[] = []
  for (const _ of verdicts) {
    seen.push((await issuer.probe(key, makeCall())).verdict)
    clock.pass(10)
  }
  expect(seen).toEqual(verdicts)
})

test.each<[Fault, string]>([
  [{ kind: 'revoke-late', ms: 30 }, 'rejected'],
  [{ kind: 'revoke-lies' }, 'accepted'],
])('a revoke under %j leaves the list at once and ends %s', async (fault, end) => {
  const issuer = makeIssuer()
  const { ref, material: key } = await issuer.issue(request, makeCall())
  space.inject(fault)
  await issuer.revoke({ ref }, makeCall())
  expect(await issuer.list(makeCall())).toEqual([])
  expect((await issuer.probe(key, makeCall())).verdict).toBe('accepted')
  clock.pass(30)
  expect((await issuer.probe(key, makeCall())).verdict).toBe(end)
})

test('a space that accepts anything accepts garbage too, until the fault is taken away', async () => {
  const issuer = makeIssuer()
  const takeAway = space.inject({ kind: 'accept-anything' })
  expect((await issuer.probe(material({ value: 'no such key' }), makeCall())).verdict).toBe('accepted')
  takeAway()
  expect((await issuer.probe(material({ value: 'no such key' }), makeCall())).verdict).toBe('rejected')
})

test('the list may be late for every key or for one', async () => {
  const issuer = makeIssuer({ listDelay: '5ms' })
  space.inject({ kind: 'list-late', ms: 50 }, 1)
  await issuer.issue(request, makeCall())
  await issuer.issue({ ...request, name: 'keyrota-web-k7f3-r1-2', mark: 'k7f3-r1-2' }, makeCall())
  expect(await issuer.list(makeCall())).toHaveLength(0)
  clock.pass(5)
  expect(await issuer.list(makeCall())).toHaveLength(1)
  clock.pass(45)
  expect(await issuer.list(makeCall())).toHaveLength(2)
})

test('the same mark again answers the same key where creation is a repeat', async () => {
  const issuer = makeIssuer({ onLostAnswer: 'repeat' })
  const first = await issuer.issue(request, makeCall())
  expect((await issuer.issue(request, makeCall())).ref).toEqual(first.ref)
})

test('without names a lost key is found by what was not seen before', async () => {
  const issuer = makeIssuer({ onLostAnswer: 'infer' })
  const seen = [space.addKey().id]
  const { ref } = await issuer.issue(request, makeCall())
  expect(ref.name).toBeUndefined()
  expect(await issuer.find({ ...request, seen }, makeCall())).toEqual([ref])
})

test('a full account answers quota and makes nothing', async () => {
  const issuer = makeIssuer({ maxLiveKeys: 1 })
  await issuer.issue(request, makeCall())
  await expect(issuer.issue(request, makeCall())).rejects.toMatchObject({ code: 'quota', effect: 'none' })
  expect(space.keys).toHaveLength(1)
})

test('a key of unknown id is revoked by its value only where the issuer does that', async () => {
  const held = { material: space.addKey().material }
  const byId = makeIssuer()
  await expect(byId.revoke(held, makeCall())).rejects.toMatchObject({ code: 'invalid' })
  const byValue = makeIssuer({ revokesByValue: true })
  await byValue.revoke(held, makeCall())
  expect(space.liveKeys()).toEqual([])
})

test('the last use is told, and a probe is none', async () => {
  const issuer = makeIssuer({ tellsLastUsed: true })
  const { ref, material: key } = await issuer.issue(request, makeCall())
  await issuer.probe(key, makeCall())
  expect(await issuer.lastUsed?.(ref, makeCall())).toBe('never')
  clock.pass(42)
  expect(space.use(key)).toBe(true)
  expect(await issuer.lastUsed?.(ref, makeCall())).toBe(clock.wallMs())
})

test('an expired key is refused and not listed', async () => {
  const issuer = makeIssuer()
  const { material: key } = await issuer.issue({ ...request, expiresAt: clock.wallMs() + 5 }, makeCall())
  clock.pass(5)
  expect((await issuer.probe(key, makeCall())).verdict).toBe('rejected')
  expect(await issuer.list(makeCall())).toEqual([])
})
