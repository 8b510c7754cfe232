import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import type { Attended } from '../../../src/engine/attend.ts'
import { textWith } from '../../cli/installation.ts'
import { type FaultAction, onPath, type SeenRequest } from '../../shared/network/fault-proxy.ts'
import {
  expectTurnedOver as expectNewKey,
  expectRolledBack,
  expectSilence,
} from '../../shared/rigs/product/expectations.ts'
import { type Hub, makeHub } from '../../shared/rigs/product/jupyterhub.ts'
import { makeProductRig, type ProductRig, type RigOptions } from '../../shared/rigs/product/rig.ts'

const onCreate = onPath('POST', /\/tokens$/)
const onList = onPath('GET', /\/tokens$/)
const onRevoke = onPath('DELETE', /\/tokens\//)
const onProbe = onPath('GET', /\/user$/)

let hub: Hub
let rig: ProductRig

async function begin(about: RigOptions = {}): Promise<void> {
  hub = await makeHub()
  rig = await makeProductRig(hub, about)
}

afterEach(async () => {
  await rig.close()
  await hub.close()
})

/** Beside what holds for every product: the hub has one live token of ours, and it is the worker's. */
async function expectTurnedOver(attended: Attended): Promise<KeyRecord> {
  const record = await expectNewKey(hub, rig, attended)
  const live = await hub.liveTokens()
  expect(live).toEqual([expect.objectContaining({ id: record.current?.ref?.id })])
  expect(live[0]?.note).toContain('keyrota-renderer-prod-')
  return record
}

/** The fate of each key that the rotation created, in order, from the trail. */
async function madeAndEnded(): Promise<string[]> {
  const trail = await rig.trail()
  return trail.filter(({ kind }) => ['orphan', 'absent', 'revoked'].includes(kind)).map(({ kind }) => kind)
}

/** Methods of the requests that change something, in the order the hub got them. */
function changes(): string[] {
  return rig.proxy.requests.filter((seen) => onCreate(seen) || onRevoke(seen)).map(({ method }) => method)
}

describe('a key of a real JupyterHub, described in YAML alone', () => {
  beforeEach(() => begin())

  test('is created, deployed, validated and revoked, three times in a row', async () => {
    for (let round = 1; round <= 3; round++) {
      const before = rig.heldKey()
      const record = await expectTurnedOver(await rig.rotate())
      expect(await hub.call(before)).toBe(403)
      expect(record.past).toHaveLength(round)
      expect(record.past[0]?.state).toBe('revoked')
      expect(rig.proxy.count(onCreate)).toBe(round)
      expect(rig.proxy.count(onRevoke)).toBe(round)
    }
    expect(rig.fileText() === textWith(rig.heldKey())).toBe(true)
    console.log(
      `jupyterhub: ${rig.worker.calls.accepted} calls of the worker in three rotations, none refused`,
    )
  })

  test('is revoked with evidence: the hub refuses it with 403 while it accepts the new one', async () => {
    const { current } = await expectTurnedOver(await rig.rotate())
    const revoked = (await rig.trail()).find(({ kind }) => kind === 'revoked')
    expect(revoked?.data).toEqual({
      subject: expect.stringMatching(/^rejected \(403\)/),
      garbage: expect.stringMatching(/^rejected \(403\)/),
      others: { [current!.fingerprint]: expect.stringMatching(/^accepted \(200\)/) },
    })
  })

  test('is adopted with the id that the hub reports for its value', async () => {
    const [first] = await hub.liveTokens()
    const attended = await rig.goOn()
    expect(attended.end).toBe('idle')
    expect(attended.record?.current).toMatchObject({ adopted: true, ref: { id: first?.id } })
    expect(changes()).toEqual([])
  })
})

test('if a worker fails with the new token, the old one is restored and the new one revoked', async () => {
  await begin()
  rig.worker.failWithNewKeys()
  await expectRolledBack(hub, rig, await rig.rotate())
  expect(changes()).toEqual(['POST', 'DELETE'])
  await expectSilence(rig)
})

test('the command line rotates a token, and prints none', async () => {
  await begin()
  const rotated = await rig.command('rotate', 'renderer-prod', '--wait', '30s')
  expect(rotated.stdout + rotated.stderr).toContain('completed')
  await expectSilence(rig)
})

describe('a creation whose response is lost', () => {
  const lost: readonly (readonly [string, FaultAction])[] = [
    ['the connection is cut after the effect', { kind: 'cut-after' }],
    ['the answer breaks off in the middle', { kind: 'truncate' }],
    ['the answer never comes', { kind: 'hang-after' }],
    ['the hub made it and answers 500', { kind: 'answer', status: 500, afterEffect: true }],
  ]
  beforeEach(() => begin())

  test.each(lost)('%s: the orphan is found by its note and revoked, another is made', async (_, action) => {
    rig.proxy.arm({ when: onCreate, action })
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'DELETE', 'POST', 'DELETE'])
    expect(await madeAndEnded()).toEqual(['orphan', 'revoked', 'revoked'])
  })

  test('the hub never got it: nothing is found, and another is made after the quiet time', async () => {
    rig.proxy.arm({ when: onCreate, action: { kind: 'cut-before' } })
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'POST', 'DELETE'])
    expect(await madeAndEnded()).toEqual(['absent', 'revoked'])
  })
})

describe('a creation that takes effect late', () => {
  /** Sends the creation on only once the hub has got this many more of the requests. */
  function landAfter(when: (seen: SeenRequest) => boolean, more: number): void {
    const run = async () => {
      const before = rig.proxy.count(when)
      while (rig.proxy.count(when) < before + more) await pause(5)
    }
    rig.proxy.arm({ when: onCreate, action: { kind: 'meanwhile', run } })
  }

  test('within the quiet time: what was not there at the first look is found at a later one', async () => {
    await begin({ defaults: { callLimit: '1s', retryMax: '100ms' } })
    landAfter(onList, 1)
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'DELETE', 'POST', 'DELETE'])
    expect(await madeAndEnded()).toEqual(['orphan', 'revoked', 'revoked'])
  })

  test('when another was made already: the last look before the end finds and revokes it', async () => {
    await begin({ defaults: { callLimit: '1s' } })
    landAfter(onCreate, 1)
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'POST', 'DELETE', 'DELETE'])
    const texts = (await rig.trail()).map(({ text }) => text)
    expect(texts.filter((text) => text.includes('it was created late'))).toHaveLength(1)
  })
})

describe('a revocation whose response is lost', () => {
  beforeEach(() => begin())

  test('after the effect: the probe says that it happened, and it is not asked for again', async () => {
    rig.proxy.arm({ when: onRevoke, action: { kind: 'cut-after' } })
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'DELETE'])
  })

  const unmade: readonly (readonly [string, FaultAction])[] = [
    ['before the effect', { kind: 'cut-before' }],
    ['by a gateway that says 503', { kind: 'answer', status: 503 }],
    ['by a throttle', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
  ]
  test.each(unmade)('%s: the key still works, so it is revoked again', async (_, action) => {
    rig.proxy.arm({ when: onRevoke, action })
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'DELETE', 'DELETE'])
  })
})

describe('a hub in trouble', () => {
  test('returns 503 for creation and probes for a while: no verdict, no rollback, one key created', async () => {
    await begin()
    rig.proxy.arm({ when: onCreate, action: { kind: 'answer', status: 503 } })
    rig.proxy.arm({ when: onProbe, skip: 4, times: 12, action: { kind: 'answer', status: 503 } })
    await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'POST', 'DELETE'])
  })

  test('throttles: the requested pause is kept, and a throttled creation does not count as an attempt', async () => {
    await begin()
    const listedAt: number[] = []
    const createdAt: number[] = []
    const noteTime = (which: (seen: SeenRequest) => boolean, times: number[]) => (seen: SeenRequest) =>
      which(seen) && times.push(performance.now()) > 0
    const action: FaultAction = { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }
    // The first list belongs to the adoption of the key; the next one is preflight's, which is throttled.
    rig.proxy.arm({ when: noteTime(onList, listedAt), skip: 1, times: 2, action })
    rig.proxy.arm({ when: noteTime(onCreate, createdAt), times: 2, action })
    const record = await expectTurnedOver(await rig.rotate())
    expect(changes()).toEqual(['POST', 'POST', 'POST', 'DELETE'])
    for (const [first, second] of [listedAt.slice(1), createdAt]) {
      expect(second! - first!).toBeGreaterThan(900)
    }
    const finished = await rig.context.journal.finished(record.last!.id)
    expect(finished?.rotation?.attempts).toHaveLength(1)
  })

  test('throttles every probe from the deployment on: the rotation waits, and revokes nothing until there is a verdict', async () => {
    await begin({ waitMs: 2_500 })
    rig.proxy.arm({
      when: (seen) => onProbe(seen) && rig.heldKey() !== rig.oldKey,
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 429 },
    })
    const attended = await rig.rotate()
    expect(attended).toMatchObject({ end: 'waiting', record: { rotation: { standing: 'waiting' } } })
    expect(changes()).toEqual(['POST'])
    expect(await hub.call(rig.oldKey)).toBe(200)
    rig.proxy.clear()
    rig.context.waitMs = 60_000
    await expectTurnedOver(await rig.goOn())
    expect(changes()).toEqual(['POST', 'DELETE'])
  })

  test('is configured with 401 for a dead token but returns 403: no verdict, nothing is created', async () => {
    await begin({ issuer: { probe: { request: 'GET /user', accepted: 200, rejected: 401 } }, waitMs: 1_500 })
    const { record } = await rig.rotate()
    expect(record?.rotation).toMatchObject({ step: 'preflight', hold: { reason: 'probe-gives-no-verdict' } })
    expect(changes()).toEqual([])
    expect(await hub.liveTokens()).toHaveLength(1)
  })
})
