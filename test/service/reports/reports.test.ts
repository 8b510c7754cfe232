/* What a report does: by policy, once, and over crashes. */

import { describe, expect, test } from 'vitest'
import { runAll, withPolicy } from './acts.ts'
import { makeReportRig } from './rig.ts'

const OTHER = 'ppt_live_somebody_elses_0123456789'
const DAY_MS = 86_400_000

describe('by policy', () => {
  test('tell: a warning, and the key is left alone', async () => {
    const one = await makeReportRig({ does: 'tell' })
    await one.send({ texts: [`KEY=${one.value()}`], url: 'https://paste.example.com/x', source: 'a scanner' })
    expect(await one.work()).toBeNull()
    expect(one.rig.events).toMatchObject([
      {
        level: 'warning',
        key: one.rig.key.name,
        kind: 'leak-reported',
        message: expect.stringContaining('the key in use'),
      },
    ])
    expect(one.rig.events[0]?.evidence).toContain('where: https://paste.example.com/x')
    expect((await one.rig.record()).request).toBeNull()
  })

  test('ask: an alarm with the command that replaces it', async () => {
    const one = await makeReportRig({ does: 'ask', killAfterMs: 3_600_000 })
    await one.send({ texts: [one.value()] })
    await one.work()
    const { name } = one.rig.key
    expect(one.rig.events).toMatchObject([
      { level: 'alarm', command: `keyrota rotate ${name} --compromised --leaked old --kill-by 3600000ms` },
    ])
    expect((await one.rig.record()).request).toBeNull()
  })

  test('rotate: it is on record as a person would have put it there, and then replaced', async () => {
    const one = await makeReportRig({ does: 'rotate', killAfterMs: 60_000 })
    const leaked = one.value()
    const at = one.context.clock.wallMs()
    await one.send({ texts: [leaked], source: 'a scanner' })
    await one.work()
    expect((await one.rig.record()).request).toMatchObject({
      ...{ reason: 'compromised', leaked: 'old', killBy: at + 60_000 },
      why: 'reported leaked by scanner (a scanner)',
    })
    await runAll(one)
    expect(one.value()).not.toBe(leaked)
    expect(one.rig.accepted()).toEqual(one.rig.held())
    expect((await one.rig.record()).last).toMatchObject({ end: 'completed', reason: 'compromised' })
  })

  test.each([
    ['a key that is only observed', withPolicy({ observe: true })],
    ['a key that the config no longer has', withPolicy(null)],
  ])('rotate: %s is asked for', async (_, change) => {
    const one = await makeReportRig({ does: 'rotate' })
    change(one)
    await one.send({ texts: [one.value()] })
    await one.work()
    expect(one.rig.events).toMatchObject([{ level: 'alarm' }])
    expect((await one.rig.record()).request).toBeNull()
  })

  test('rotate: what is beyond a day’s rotations is asked for', async () => {
    const one = await makeReportRig({ does: 'rotate', rotationsPerDay: 2 })
    for (let count = 0; count < 3; count += 1) {
      one.rig.pass(1_000)
      await one.send({ texts: [one.value()] })
      await one.work()
      await runAll(one)
    }
    expect(one.rig.events.filter(({ kind }) => kind === 'leak-reported').map(({ level }) => level)).toEqual([
      'warning',
      'warning',
      'alarm',
    ])
    one.rig.pass(DAY_MS)
    await one.send([{ texts: [one.value()] }, {}])
    await one.work()
    expect((await one.rig.record()).request).toMatchObject({ reason: 'compromised' })
  })

  test('a dead key is told without an alarm, somebody else’s value not at all', async () => {
    const one = await makeReportRig({ does: 'rotate' })
    const old = one.value()
    await one.rig.rotate()
    one.rig.events.length = 0
    await one.send({ texts: [OTHER, old] })
    await one.work()
    expect(one.rig.events).toMatchObject([
      { level: 'info', message: expect.stringContaining('opens nothing') },
    ])
    expect((await one.rig.record()).request).toBeNull()
  })
})

describe('once', () => {
  test('the same value is acted on once, whoever reports it; a stricter policy acts again', async () => {
    const one = await makeReportRig({ does: 'tell' })
    for (const url of ['https://a.example.com/', 'https://b.example.com/', 'https://b.example.com/']) {
      await one.send({ texts: [one.value()], url })
      await one.work()
    }
    expect(one.rig.events).toHaveLength(1)
    expect(one.heard.map(({ result }) => result)).toEqual(['taken', 'taken', 'known'])
    const [leak] = await one.documents('leak')
    expect(JSON.parse(leak?.text ?? '')).toMatchObject({ reports: 2 })
    const stricter = await one.context.receivers?.get('scanner')
    Object.assign(stricter ?? {}, { policy: { does: 'ask', rotationsPerDay: 1 } })
    await one.send({ texts: [one.value()], url: 'https://c.example.com/' })
    await one.work()
    expect(one.rig.events.map(({ level }) => level)).toEqual(['warning', 'alarm'])
  })

  test.each(['documents.write', 'documents.remove', 'commit'])(
    'a crash at any %s loses nothing and starts one rotation',
    async (verb) => {
      for (let at = 1; at < 12; at += 1) {
        const one = await makeReportRig({ does: 'rotate' })
        const leaked = one.value()
        await one.send({ texts: [leaked] })
        const isHit = await crashAt(one, verb, at)
        // Whoever took it may still be working on it.
        one.rig.pass(31_000)
        await one.work()
        await runAll(one)
        expect(one.value()).not.toBe(leaked)
        expect(one.rig.space.calls.issue).toBe(1)
        expect(await one.documents('report')).toEqual([])
        if (!isHit) return
      }
      throw new Error('more calls than were looked for')
    },
  )

  test('a process whose work failed goes on with it at once, another one half a minute later', async () => {
    for (const isSame of [true, false]) {
      const one = await makeReportRig({ does: 'ask' })
      const { holder } = one.context
      await one.send({ texts: [one.value()] })
      expect(await crashAt(one, 'documents.remove', 1)).toBe(true)
      if (isSame) one.context.holder = holder
      const next = await one.work()
      expect(next === null).toBe(isSame)
      if (next !== null) expect(next - one.context.clock.wallMs()).toBeLessThanOrEqual(30_000)
    }
  })

  test('two processes work on different reports', async () => {
    const one = await makeReportRig({ does: 'ask' })
    for (let count = 0; count < 5; count += 1)
      await one.send([{ texts: [one.value()] }, { source: `${count}` }])
    await Promise.all([one.work(), one.work()])
    expect(await one.documents('report')).toEqual([])
    const [leak] = await one.documents('leak')
    expect(JSON.parse(leak?.text ?? '').reports).toBe(5)
  })
})

/** The process dies at the n-th call of this verb of the journal. @returns whether there was one. */
async function crashAt(
  one: Awaited<ReturnType<typeof makeReportRig>>,
  verb: string,
  at: number,
): Promise<boolean> {
  const { journal } = one.context
  let count = 0
  const cut = <T extends object>(thing: T, prefix: string): T =>
    new Proxy(thing, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name, target)
        if (String(name) === 'documents') return cut(found as object, 'documents.')
        if (typeof found !== 'function') return found
        return (...about: unknown[]) => {
          if (`${prefix}${String(name)}` === verb) count += 1
          if (count >= at && `${prefix}${String(name)}` === verb) throw new Error('killed')
          return found.apply(target, about)
        }
      },
    })
  one.context.journal = cut(journal, '')
  try {
    await one.work()
    return false
  } catch (error) {
    expect(String(error)).toContain('killed')
    return true
  } finally {
    one.context.journal = journal
    one.context.holder = 'another process'
  }
}
