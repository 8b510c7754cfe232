import { describe, expect, it } from 'vitest'
import { rotate } from '../../../src/service/rotate.ts'
import { status } from '../../../src/service/status.ts'
import { KEY, makeDeclaredRig } from './declared-rig.ts'

const HOUR_MS = 3_600_000

describe('what a person asks for at a declared key', () => {
  it('rotates it once, is answered and taken away, and who asked stands in the trail', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    const [before] = rig.live()
    source.ask(KEY, 'rotate', 'a test of the way')
    await run()
    expect(source.requestsOf(KEY)).toEqual([])
    expect(source.answersOf(KEY)).toEqual(['taken: a rotation is requested'])
    const record = await rig.record()
    expect(record.last).toMatchObject({ end: 'completed', reason: 'asked' })
    expect(rig.live()).not.toContain(before)
    expect(await rig.texts('asked')).toEqual([
      'kubectl-annotate asked: rotate (a test of the way); a rotation is requested',
    ])
    await run()
    expect(rig.space.calls.issue).toBe(1)
  })

  it('is not done twice when its answer is lost, and again when it is asked again', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    source.ask(KEY, 'compromised', 'found in a log')
    source.losesAnswers = 1
    const report = await run()
    expect(report.failed).toEqual([])
    expect(rig.space.calls.issue).toBe(1)
    expect(source.answersOf(KEY)).toEqual(['taken: it is rotated at once'])
    rig.pass(HOUR_MS)
    source.ask(KEY, 'compromised', 'found in a log')
    await run()
    expect(rig.space.calls.issue).toBe(2)
    expect(rig.live()).toHaveLength(1)
    expect((await rig.record()).last).toMatchObject({ end: 'completed', reason: 'compromised' })
  })

  it('joins a rotation that runs: the overlap ends for a leaked key', async () => {
    const { rig, source, run } = makeDeclaredRig({ policy: { overlapMs: HOUR_MS }, waitMs: 400 })
    await run()
    source.ask(KEY, 'rotate')
    await run()
    expect(rig.live()).toHaveLength(2)
    source.ask(KEY, 'compromised', 'on a paste site', { leaked: 'old' })
    await run()
    expect(source.answersOf(KEY).at(-1)).toMatch(/^taken: the rotation \S+ joins it$/)
    expect(rig.live()).toHaveLength(1)
  })

  it('that is left while a run works is taken at its end', async () => {
    const { rig, source, open } = makeDeclaredRig()
    const { run } = await import('../../../src/service/run.ts')
    const context = await open()
    let isAsked = false
    const watch = {
      attended: () => {
        if (!isAsked) source.ask(KEY, 'rotate', 'meanwhile')
        isAsked = true
      },
    }
    await run({ ...context, watch })
    expect(rig.space.calls.issue).toBe(1)
    expect(source.requestsOf(KEY)).toEqual([])
  })

  it('rolls a rotation back', async () => {
    const { rig, source, run } = makeDeclaredRig({ policy: { overlapMs: HOUR_MS }, waitMs: 400 })
    await run()
    const [before] = rig.live()
    source.ask(KEY, 'rotate')
    await run()
    source.ask(KEY, 'rollback', 'wrong day')
    await run()
    expect(rig.live()).toEqual([before])
    expect((await rig.record()).last?.end).toBe('rolled-back')
  })

  it.each<[Parameters<ReturnType<typeof makeDeclaredRig>['source']['ask']>[1], string, object, string]>([
    ['rotate', '', { by: null }, 'nothing shows who set it; set it with `kubectl annotate`'],
    [
      'pause',
      'yes',
      {},
      'is not valid; expected true, false, a duration such as 3d, or a time such as 2027-01-06T08:00:00Z',
    ],
    ['rollback', 'why', {}, `no rotation of ${KEY} is running`],
    ['confirm', '', {}, 'no rotation is running, so nothing is retried'],
    ['confirm', 'moved', {}, `${KEY}: moved cannot be confirmed; nothing can be confirmed now`],
    [
      'confirm',
      'id:other',
      {},
      'an id is confirmed by the platform alone: keyrota resume KEY --confirm id:ID',
    ],
    [
      'confirm',
      'orphan:key-of-another-team',
      {},
      'whose key that is the platform alone confirms: keyrota resume KEY --confirm orphan:ID',
    ],
    ['compromised', '', { leaked: 'all' }, '`keyrota.dev/leaked` is not valid; expected old, new or both'],
    [
      'compromised',
      '',
      { killBy: 'soon' },
      '`keyrota.dev/kill-by` is not valid; expected a duration such as 15m, or a time such as 2026-01-31T15:00:00Z',
    ],
  ])('%s %j is refused when it makes no sense, and taken away', async (name, words, more, text) => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    source.ask(KEY, name, words, more)
    await run()
    expect(source.answersOf(KEY)).toEqual([`refused: ${text}`])
    expect(source.requestsOf(KEY)).toEqual([])
    expect(rig.space.calls.issue).toBeUndefined()
  })

  it('with the value of a key in its words is refused, and the value is not repeated', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    const value = Object.values(rig.secrets.contentOf('app-0')).find((text) => text !== 'sibling') ?? ''
    source.ask(KEY, 'rotate', value)
    await run()
    expect(source.answersOf(KEY).join()).toMatch(/^refused: that is the value of a key/)
    expect(JSON.stringify([source.answersOf(KEY), await rig.record()])).not.toContain(value)
    expect(rig.space.calls.issue).toBeUndefined()
  })

  it('a team does not rotate one key again and again; a leak waits for nothing', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    source.ask(KEY, 'rotate')
    await run()
    source.ask(KEY, 'rotate')
    await run()
    expect(source.answersOf(KEY).at(-1)).toMatch(/^refused: it was rotated at .*; ask again after/)
    source.ask(KEY, 'compromised')
    await run()
    expect(rig.space.calls.issue).toBe(2)
  })

  it('is told when the old key is revoked at the latest', async () => {
    const { rig, source, run } = makeDeclaredRig()
    await run()
    source.ask(KEY, 'compromised', '', { killBy: '15m' })
    await run()
    const at = new Date(rig.now()).toISOString().slice(0, 10)
    expect(source.answersOf(KEY)[0]).toContain(`it is rotated at once; the old key is revoked by ${at}`)
  })
})

describe('a pause', () => {
  it('holds what is due by itself, and nothing that a person asks for after it', async () => {
    const { rig, source, run, open } = makeDeclaredRig()
    await run()
    source.ask(KEY, 'pause', 'true')
    await run()
    expect(source.answersOf(KEY)).toEqual(['taken: no rotation starts by itself until pause is set to false'])
    rig.pass(200 * 24 * HOUR_MS)
    await run()
    expect(rig.space.calls.issue).toBeUndefined()
    const [row] = await status(await open(), [])
    expect(row?.next).toMatchObject({
      at: null,
      why: expect.stringMatching(/^it is paused since .*kubectl-annotate/),
    })
    await rotate(await open(), KEY, { why: 'a person may' })
    expect(rig.space.calls.issue).toBe(1)
    rig.pass(200 * 24 * HOUR_MS)
    source.ask(KEY, 'pause', 'false')
    await run()
    expect(rig.space.calls.issue).toBe(2)
  })
})
