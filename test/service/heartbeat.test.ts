/* The heartbeat: as long as Keyrota works, and in no case but that. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { callHeartbeat } from '../../providers/shared/http/heartbeat.ts'
import { JournalError, ProviderError } from '../../src/contracts/errors.ts'
import { run } from '../../src/service/run.ts'
import { makeRig } from '../engine/harness.ts'
import { type HttpReceiver, startReceiver } from '../shared/stand-ins/receivers/http-receiver.ts'
import { goBy, HOUR_MS, MINUTE_MS, makeServedRig, startServing } from './serve/rig.ts'

function makeHeart(everyMs = 5 * MINUTE_MS) {
  const beats: number[] = []
  const heart = { fail: null as unknown, beats }
  const heartbeat = {
    everyMs,
    beat: async () => {
      if (heart.fail) throw heart.fail
      beats.push(beats.length)
    },
  }
  return { heart, heartbeat }
}

const down = new ProviderError({
  code: 'unavailable',
  provider: 'heartbeat',
  message: 'no connection',
  effect: 'none',
  nextStep: 'Wait.',
})

describe('run', () => {
  test('calls it once when it is over, also when a provider is down or a key is blocked', async () => {
    const rig = makeRig({ targets: 2 })
    const { heart, heartbeat } = makeHeart()
    await run({ ...rig.context, heartbeat })
    rig.write(1, 'a value that somebody else put there')
    await rig.rotate()
    const report = await run({ ...rig.context, heartbeat })
    expect(report.attended[0]?.record?.rotation?.standing).toBe('blocked')
    expect(heart.beats).toHaveLength(2)
  })

  test('calls it not when the journal fails on a key, or a defect shows', async () => {
    for (const error of [
      new JournalError('unavailable', 'the disk is full', 'Free some.'),
      new TypeError('a defect'),
    ]) {
      const rig = makeRig()
      const { heart, heartbeat } = makeHeart()
      const context = rig.process((call, go) => (call === 'journal.claim' ? Promise.reject(error) : go()))
      const report = await run({ ...context, heartbeat })
      expect(report.failed).toHaveLength(1)
      expect(heart.beats).toEqual([])
    }
  })

  test('only notes that it could not be called', async () => {
    const rig = makeRig()
    const { heart, heartbeat } = makeHeart()
    heart.fail = down
    const report = await run({ ...rig.context, heartbeat })
    expect(report).toMatchObject({ failed: [], noted: [{ key: 'heartbeat', error: down }] })
  })
})

describe('serve', () => {
  test('calls it as often as it is asked to, from the start', async () => {
    const rig = makeServedRig()
    const { heart, heartbeat } = makeHeart()
    const process = startServing(rig, { context: { heartbeat } })
    await goBy(rig, HOUR_MS)
    expect(heart.beats.length).toBeGreaterThanOrEqual(12)
    expect(heart.beats.length).toBeLessThanOrEqual(13)
    process.stop()
    await process.ended
  })

  test('is silent while the journal fails or the config is refused, and calls again soon after', async () => {
    const rig = makeServedRig()
    const { heart, heartbeat } = makeHeart()
    let isDown = false
    const process = startServing(rig, {
      context: { heartbeat },
      around: (call) => {
        if (isDown && call.startsWith('journal.') && call !== 'journal.watch')
          throw new JournalError('unavailable', 'the disk is gone', 'Look at the disk.')
      },
    })
    await goBy(rig, HOUR_MS)
    isDown = true
    await goBy(rig, HOUR_MS)
    const before = heart.beats.length
    await goBy(rig, HOUR_MS)
    expect(heart.beats.length).toBe(before)
    isDown = false
    await goBy(rig, 2 * MINUTE_MS)
    expect(heart.beats.length).toBe(before + 1)
    const refuse = () => {
      process.nextReload = refuse
      return { is: 'refused', why: 'a typo' } as const
    }
    process.nextReload = refuse
    process.changeConfig()
    await goBy(rig, HOUR_MS)
    expect(heart.beats.length).toBe(before + 1)
    process.nextReload = null
    process.changeConfig()
    await goBy(rig, MINUTE_MS)
    expect(heart.beats.length).toBe(before + 2)
    process.stop()
    await process.ended
  })

  test('tells a call that fails and tries again within a minute', async () => {
    const rig = makeServedRig()
    const { heart, heartbeat } = makeHeart()
    heart.fail = down
    const process = startServing(rig, { context: { heartbeat } })
    await goBy(rig, HOUR_MS)
    expect(process.failed[0]).toEqual({ key: 'heartbeat', error: down })
    expect(process.failed.length).toBeLessThanOrEqual(70)
    heart.fail = null
    await goBy(rig, 2 * MINUTE_MS)
    expect(heart.beats).toHaveLength(1)
    process.stop()
    await process.ended
  })
})

describe('the call', () => {
  const receivers: HttpReceiver[] = []
  afterEach(async () => {
    vi.unstubAllEnvs()
    for (const receiver of receivers.splice(0)) await receiver.close()
  })

  const SECRET_PATH = '/ping/3b0c7a1e-the-path-is-the-secret'
  const signal = new AbortController().signal

  async function start() {
    const receiver = await startReceiver(SECRET_PATH)
    receivers.push(receiver)
    vi.stubEnv('HEART', receiver.url)
    return receiver
  }

  test('is a GET of the address', async () => {
    const { arrivals } = await start()
    await callHeartbeat({ env: 'HEART' }, signal)
    expect(arrivals).toMatchObject([{ method: 'GET', path: SECRET_PATH, body: '' }])
  })

  test.each([404, 500, 429])('shows no address when %i is answered', async (status) => {
    const receiver = await start()
    receiver.answer({ status })
    const error = await callHeartbeat({ env: 'HEART' }, signal).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ name: 'ProviderError', message: expect.stringContaining(String(status)) })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('the-path')
  })

  test('goes to https, or to this machine', async () => {
    vi.stubEnv('HEART', 'http://monitor.example/ping/3b0c7a1e')
    await expect(callHeartbeat({ env: 'HEART' }, signal)).rejects.toMatchObject({ code: 'invalid' })
  })
})
