import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type Attended, attend } from '../../../src/engine/attend.ts'
import { type FaultAction, onPath, type SeenRequest } from '../../shared/network/fault-proxy.ts'
import { type HubRig, makeHubRig } from '../../shared/rigs/hub/rig.ts'

const onCreate = onPath('POST', /\/tokens$/)
const onList = onPath('GET', /\/tokens$/)
const onRevoke = onPath('DELETE', /\/tokens\//)
const onProbe = onPath('GET', /\/user$/)

/** Fewer calls than this in a rotation and the worker has proved nothing. */
const LEAST_CALLS = 20

let rig: HubRig

async function begin(about: Parameters<typeof makeHubRig>[0] = {}): Promise<void> {
  rig = await makeHubRig(about)
}

afterEach(async () => {
  await rig.close()
})

function rotate(): Promise<Attended> {
  return attend(rig.context, rig.name, {
    takeOver: true,
    start: () => ({ id: `20261122-${rig.context.random(6)}`, reason: 'asked' }),
  })
}

/** The rotation is over, the hub has one live token of ours, it is the worker's, and no call of the worker was refused. */
async function expectTurnedOver(attended: Attended, oldToken: string): Promise<KeyRecord> {
  const { record } = attended
  expect({ end: attended.end, last: record?.last?.end, hold: record?.rotation?.hold }).toEqual({
    end: 'ended',
    last: 'completed',
    hold: undefined,
  })
  const live = await rig.liveTokens()
  expect(live).toEqual([expect.objectContaining({ id: record?.current?.ref?.id })])
  expect(live[0]?.note).toContain(`keyrota-${rig.name}-`)
  const fingerprint = fingerprintPart(new SecretValue(rig.heldKey()))
  expect(record?.current?.fingerprint).toBe(fingerprint)
  expect(rig.worker.fingerprint()).toBe(fingerprint)
  expect(await rig.askHub(rig.heldKey())).toEqual({ status: 200, tokenId: live[0]?.id })
  expect((await rig.askHub(oldToken)).status).toBe(403)
  expect(rig.worker.calls).toMatchObject({ refused: 0, unanswered: 0 })
  expect(rig.worker.calls.accepted).toBeGreaterThan(LEAST_CALLS)
  return record as KeyRecord
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
      const oldToken = rig.heldKey()
      const record = await expectTurnedOver(await rotate(), oldToken)
      expect(record.past).toHaveLength(round)
      expect(record.past[0]?.state).toBe('revoked')
      expect(rig.proxy.count(onCreate)).toBe(round)
      expect(rig.proxy.count(onRevoke)).toBe(round)
    }
    expect(rig.fileText()).toBe(`# of the worker\nREGION=north\nHUB_TOKEN=${rig.heldKey()}\n`)
    console.log(
      `jupyterhub: ${rig.worker.calls.accepted} calls of the worker in three rotations, none refused`,
    )
  })

  test('is revoked with evidence: the hub refuses it with 403 while it accepts the new one', async () => {
    const oldToken = rig.heldKey()
    const { current } = await expectTurnedOver(await rotate(), oldToken)
    const revoked = (await rig.trail()).find(({ kind }) => kind === 'revoked')
    expect(revoked?.data).toEqual({
      subject: expect.stringMatching(/^rejected \(403\)/),
      garbage: expect.stringMatching(/^rejected \(403\)/),
      others: { [current!.fingerprint]: expect.stringMatching(/^accepted \(200\)/) },
    })
  })

  test('is adopted with the id that the hub reports for its value', async () => {
    const [first] = await rig.liveTokens()
    const attended = await attend(rig.context, rig.name, {
      takeOver: false,
      start: () => null,
    })
    expect(attended.end).toBe('idle')
    expect(attended.record?.current).toMatchObject({ adopted: true, ref: { id: first?.id } })
    expect(changes()).toEqual([])
  })
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
    const oldToken = rig.heldKey()
    rig.proxy.arm({ when: onCreate, action })
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'DELETE', 'POST', 'DELETE'])
    expect(await madeAndEnded()).toEqual(['orphan', 'revoked', 'revoked'])
  })

  test('the hub never got it: nothing is found, and another is made after the quiet time', async () => {
    const oldToken = rig.heldKey()
    rig.proxy.arm({ when: onCreate, action: { kind: 'cut-before' } })
    await expectTurnedOver(await rotate(), oldToken)
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
    await begin({ policy: { callLimitMs: 1_000, retryMaxMs: 100 } })
    const oldToken = rig.heldKey()
    landAfter(onList, 1)
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'DELETE', 'POST', 'DELETE'])
    expect(await madeAndEnded()).toEqual(['orphan', 'revoked', 'revoked'])
  })

  test('when another was made already: the last look before the end finds and revokes it', async () => {
    await begin({ policy: { callLimitMs: 1_000 } })
    const oldToken = rig.heldKey()
    landAfter(onCreate, 1)
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'POST', 'DELETE', 'DELETE'])
    const texts = (await rig.trail()).map(({ text }) => text)
    expect(texts.filter((text) => text.includes('it was created late'))).toHaveLength(1)
  })
})

describe('a revocation whose response is lost', () => {
  beforeEach(() => begin())

  test('after the effect: the probe says that it happened, and it is not asked for again', async () => {
    const oldToken = rig.heldKey()
    rig.proxy.arm({ when: onRevoke, action: { kind: 'cut-after' } })
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'DELETE'])
  })

  const unmade: readonly (readonly [string, FaultAction])[] = [
    ['before the effect', { kind: 'cut-before' }],
    ['by a gateway that says 503', { kind: 'answer', status: 503 }],
    ['by a throttle', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
  ]
  test.each(unmade)('%s: the key still works, so it is revoked again', async (_, action) => {
    const oldToken = rig.heldKey()
    rig.proxy.arm({ when: onRevoke, action })
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'DELETE', 'DELETE'])
  })
})

describe('a hub in trouble', () => {
  test('returns 503 for creation and probes for a while: no verdict, no rollback, one key created', async () => {
    await begin()
    const oldToken = rig.heldKey()
    rig.proxy.arm({ when: onCreate, action: { kind: 'answer', status: 503 } })
    rig.proxy.arm({ when: onProbe, skip: 4, times: 12, action: { kind: 'answer', status: 503 } })
    await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'POST', 'DELETE'])
  })

  test('throttles: the requested pause is kept, and a throttled creation does not count as an attempt', async () => {
    await begin()
    const oldToken = rig.heldKey()
    const listedAt: number[] = []
    const createdAt: number[] = []
    const noteTime = (which: (seen: SeenRequest) => boolean, times: number[]) => (seen: SeenRequest) =>
      which(seen) && times.push(performance.now()) > 0
    const action: FaultAction = { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }
    // The first list belongs to the adoption of the key; the next one is preflight's, which is throttled.
    rig.proxy.arm({ when: noteTime(onList, listedAt), skip: 1, times: 2, action })
    rig.proxy.arm({ when: noteTime(onCreate, createdAt), times: 2, action })
    const record = await expectTurnedOver(await rotate(), oldToken)
    expect(changes()).toEqual(['POST', 'POST', 'POST', 'DELETE'])
    for (const [first, second] of [listedAt.slice(1), createdAt]) {
      expect(second! - first!).toBeGreaterThan(990)
    }
    const finished = await rig.context.journal.finished(record.last!.id)
    expect(finished?.rotation?.attempts).toHaveLength(1)
  })

  test('throttles every probe from the deployment on: the rotation waits, and revokes nothing until there is a verdict', async () => {
    await begin({ waitMs: 2_500 })
    const oldToken = rig.heldKey()
    rig.proxy.arm({
      when: (seen) => onProbe(seen) && rig.heldKey() !== oldToken,
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'answer', status: 429 },
    })
    const attended = await rotate()
    expect(attended).toMatchObject({ end: 'waiting', record: { rotation: { standing: 'waiting' } } })
    expect(changes()).toEqual(['POST'])
    expect((await rig.askHub(oldToken)).status).toBe(200)
    rig.proxy.clear()
    rig.context.waitMs = 60_000
    const goOn = { takeOver: true, start: () => null }
    await expectTurnedOver(await attend(rig.context, rig.name, goOn), oldToken)
    expect(changes()).toEqual(['POST', 'DELETE'])
  })

  test('is configured with 401 for a dead token but returns 403: no verdict, nothing is created', async () => {
    await begin({ rejected: 401, waitMs: 1_500 })
    const { record } = await rotate()
    expect(record?.rotation).toMatchObject({ step: 'preflight', hold: { reason: 'probe-gives-no-verdict' } })
    expect(changes()).toEqual([])
    expect(await rig.liveTokens()).toHaveLength(1)
  })
})
