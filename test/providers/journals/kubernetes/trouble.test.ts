import { describe, expect, test } from 'vitest'
import type { ManagedKeyStatus } from '../../../../providers/journals/kubernetes/status-schema.ts'
import type { JournalError } from '../../../../src/contracts/errors.ts'
import type { Journal } from '../../../../src/contracts/journal.ts'
import { advance, entryOf, put, recordOf, take } from '../../../laws/journal/fixture.ts'
import type { SeenCall } from '../../../shared/stand-ins/kubernetes/managed-key-store.ts'
import { useRig } from './rig.ts'

const rig = useRig()
const isStatus = ({ method, path }: SeenCall) => method === 'PATCH' && path.endsWith('/status')
const methods = () => rig.server.calls.map(({ method }) => method)

describe('a change', () => {
  test('is one request for each commit, renewal and release, and two for a claim', async () => {
    const journal = rig.open({ events: false })
    await put(journal, rig.fixture, recordOf('web'))
    rig.server.calls.length = 0
    let claim = await take(journal, rig.fixture)
    expect(methods()).toEqual(['GET', 'PATCH'])
    claim = advance(
      claim,
      await journal.commit(claim, { record: recordOf('web'), audit: [entryOf('web', 'a')] }),
    )
    claim = advance(claim, await journal.renew(claim))
    await journal.release(claim)
    expect(methods()).toEqual(['GET', 'PATCH', 'PATCH', 'PATCH', 'PATCH'])
  })

  test('that names a fingerprint for the first time is labelled before it is written, and one that does not is not', async () => {
    const journal = rig.open({ events: false })
    const current = {
      fingerprint: '0123456789abcdef',
      since: 1,
      sinceFrom: 'rotation',
      adopted: false,
      versions: {},
    } as const
    let claim = await take(journal, rig.fixture)
    rig.server.calls.length = 0
    const commit = async (record: Parameters<typeof recordOf>[1]) => {
      claim = advance(claim, await journal.commit(claim, { record: recordOf('web', record), audit: [] }))
    }
    await commit({ current })
    expect(rig.server.calls.map(({ path }) => path.endsWith('/status'))).toEqual([false, true])
    await commit({ current, lastMark: 2 })
    await commit({ current: null })
    expect(rig.server.calls).toHaveLength(4)
    // What no record names any more is taken away on the next occasion.
    await commit({ current: { ...current, fingerprint: 'fedcba9876543210' } })
    await commit({ current: { ...current, fingerprint: 'aaaaaaaaaaaaaaaa' } })
    const labels = Object.keys(rig.server.keys.get('keyrota/web')?.metadata.labels ?? {})
    expect(labels.filter((label) => label.includes('/fp-')).sort()).toEqual([
      'keyrota.dev/fp-aaaaaaaaaaaaaaaa',
      'keyrota.dev/fp-fedcba9876543210',
    ])
  })

  test('that died between label and status leaves a label that finds nothing', async () => {
    const journal = rig.open({ events: false, giveUp: '1ms' })
    const claim = await take(journal, rig.fixture)
    rig.server.interfere = (call) => (isStatus(call) ? { status: 403 } : undefined)
    const current = {
      fingerprint: '0123456789abcdef',
      since: 1,
      sinceFrom: 'rotation',
      adopted: false,
      versions: {},
    } as const
    await expect(
      journal.commit(claim, { record: recordOf('web', { current }), audit: [] }),
    ).rejects.toMatchObject({ code: 'unavailable', nextStep: expect.stringContaining('managedkeys/status') })
    rig.server.interfere = () => undefined
    expect(rig.server.keys.get('keyrota/web')?.metadata.labels).toHaveProperty(
      'keyrota.dev/fp-0123456789abcdef',
    )
    expect(await journal.holders(current.fingerprint)).toEqual([])
  })

  test('goes on through a conflict at every second update, and ends in words where there is no end of them', async () => {
    const journal = rig.open({ events: false })
    let [claim, updates] = [await take(journal, rig.fixture), 0]
    rig.server.interfere = (call) => (isStatus(call) && ++updates % 2 === 1 ? { status: 409 } : undefined)
    for (let count = 1; count <= 5; count += 1)
      claim = advance(
        claim,
        await journal.commit(claim, { record: recordOf('web', { lastMark: count }), audit: [] }),
      )
    expect(claim.revision).toBe(5)
    rig.server.interfere = (call) => (isStatus(call) ? { status: 409 } : undefined)
    await expect(journal.renew(claim)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('at every try'),
    })
  })

  test('without an answer is looked up: written or not, it is there once', async () => {
    for (const how of ['cut', 'cut-after'] as const) {
      const journal = rig.open({ events: false })
      const claim = await take(journal, rig.fixture, how === 'cut' ? 'web' : 'api')
      let isMet = false
      rig.server.interfere = (call) => {
        if (isMet || !isStatus(call)) return undefined
        isMet = true
        return how
      }
      const receipt = await journal.commit(claim, {
        record: recordOf(claim.key, { lastMark: 7 }),
        audit: [entryOf(claim.key, 'once')],
      })
      expect(receipt.revision).toBe(1)
      expect((await journal.trail({ key: claim.key, limit: 9 })).map(({ text }) => text)).toEqual(['once'])
    }
  })
})

describe('a watch', () => {
  async function until(check: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async function following(run: (journal: Journal, seen: (string | null)[]) => Promise<void>): Promise<void> {
    const journal = rig.open({ events: false })
    const [seen, stop] = [[] as (string | null)[], new AbortController()]
    const ended = journal.watch?.((key) => seen.push(key), stop.signal)
    await until(() => rig.server.openWatches === 1)
    await run(journal, seen)
    stop.abort()
    await ended
    await until(() => rig.server.openWatches === 0)
  }
  const lists = () =>
    rig.server.calls.filter(
      ({ method, query, path }) => method === 'GET' && path.endsWith('managedkeys') && !query.get('watch'),
    )

  test('that the server ends goes on where it was, after a bookmark from there, without another list', async () => {
    await following(async (journal, seen) => {
      await put(rig.open({ events: false }), rig.fixture, recordOf('web', { lastMark: 1 }))
      await until(() => seen.includes('web'))
      rig.server.bookmark()
      const { resourceVersion } = rig.server.keys.get('keyrota/web')?.metadata ?? {}
      await rig.fixture.pass(5_000)
      rig.server.endWatches('end')
      await until(() => rig.server.calls.filter(({ query }) => query.get('watch')).length === 2)
      expect(rig.server.calls.at(-1)?.query.get('resourceVersion')).toBe(resourceVersion)
      expect(lists()).toHaveLength(1)
      expect(await journal.list({ limit: 9 })).toHaveLength(1)
      expect(lists()).toHaveLength(1)
    })
  })

  test('whose place the server has forgotten reads everything again, and misses nothing', async () => {
    await following(async (journal, seen) => {
      await put(rig.open({ events: false }), rig.fixture, recordOf('web', { lastMark: 1 }))
      await until(() => seen.includes('web'))
      await rig.fixture.pass(5_000)
      rig.server.keys.delete('keyrota/web')
      rig.server.compact()
      rig.server.endWatches('end')
      await until(() => seen.filter((key) => key === null).length === 2)
      expect(await journal.list({ limit: 9 })).toEqual([])
    })
  }, 20_000)

  test('whose connection is cut is broken, and lists come from the server until it is started again', async () => {
    const journal = rig.open({ events: false })
    const ended = journal.watch?.(() => undefined, new AbortController().signal)
    await until(() => rig.server.openWatches === 1)
    rig.server.endWatches('cut')
    await expect(ended).rejects.toMatchObject({ code: 'unavailable' })
    await put(rig.open({ events: false }), rig.fixture, recordOf('web'))
    expect(await journal.list({ limit: 9 })).toHaveLength(1)
    expect(lists()).toHaveLength(2)
  })

  test('of 1,000 keys reads them in pages once; changes come one by one, and a list asks for nothing', async () => {
    const writer = rig.open({ events: false })
    await put(writer, rig.fixture, recordOf('key-0000'))
    const [first] = rig.server.keys.values()
    for (let index = 1; index < 1_000; index += 1) {
      const name = `key-${String(index).padStart(4, '0')}`
      const copy = JSON.parse(JSON.stringify(first).replaceAll('key-0000', name))
      rig.server.keys.set(`keyrota/${name}`, copy)
    }
    rig.server.calls.length = 0
    await following(async (journal, seen) => {
      expect(methods()).toEqual(Array.from({ length: 11 }, () => 'GET'))
      expect(await journal.list({ limit: 5_000 })).toHaveLength(1_000)
      await put(writer, rig.fixture, recordOf('key-0500', { lastMark: 9 }))
      const listed = async () => (await journal.list({ after: 'key-0499', limit: 1 }))[0]
      await until(async () => (await listed())?.lastMark === 9)
      expect(seen.filter((key) => key !== null && key !== 'key-0500')).toEqual([])
      expect(lists()).toHaveLength(10)
    })
  })
})

describe('a damaged record', () => {
  test('of one key stops no other: only its own load and claim say so, and it is claimed by nobody', async () => {
    const journal = rig.open({ events: false })
    for (const key of ['api', 'web']) await put(journal, rig.fixture, recordOf(key))
    const kept = () => (rig.server.keys.get('keyrota/api')?.status as ManagedKeyStatus | undefined)?.journal
    Object.assign(kept() ?? {}, { record: '{' })
    const fresh = rig.open({ events: false })
    const told: [string, string][] = []
    const damaged = (key: string, { code }: JournalError) => told.push([key, code])
    expect((await fresh.list({ limit: 10, damaged })).map(({ key }) => key)).toEqual(['web'])
    expect(told).toEqual([['api', 'corrupt']])
    await expect(fresh.load('api')).rejects.toMatchObject({ code: 'corrupt' })
    await expect(fresh.claim('api', { holder: 'one', leaseMs: 1_000 })).rejects.toMatchObject({
      code: 'corrupt',
    })
    expect(kept()?.claimId).toBe('')
    expect(await fresh.claim('web', { holder: 'one', leaseMs: 1_000 })).not.toBe('held')
  })
})
