import { expect, test } from 'vitest'
import { lookAfresh } from '../../src/workflow/people/confirm.ts'
import { assertLive, makeWorkload } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

/* A consumer that started before its place showed the new value. */

/** Its agent renders what the target held at first, until it was started so many times. */
function lagging(starts: number) {
  let rig: Rig | undefined
  let first: string | null = null
  const app = makeWorkload({
    tells: true,
    reads: () => {
      const held = rig?.held()[0] ?? null
      return app.starts <= starts ? first : held
    },
  })
  return {
    app,
    attach(to: Rig) {
      rig = to
      first = to.held()[0] ?? null
      app.attach(to)
    },
  }
}

test('it is restarted again while the place is right and it still shows the old key', async () => {
  const { app, attach } = lagging(2)
  const rig = makeRig({ consumers: { app } })
  attach(rig)
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect(app.starts).toBe(3)
  assertLive(rig, [app])
})

test('five restarts did not help: it blocks, nothing is revoked, and the printed command restarts it again', async () => {
  const { app, attach } = lagging(5)
  const rig = makeRig({ consumers: { app } })
  attach(rig)
  expect((await rig.rotate()).end).toBe('standing')
  const { hold } = await rig.rotation()
  expect(hold).toMatchObject({ reason: 'consumer-lags', command: 'keyrota resume video' })
  expect(hold?.detail).toContain('restarted 5 times')
  expect(app.starts).toBe(5)
  expect(rig.space.calls.revoke).toBeUndefined()
  const { record } = await rig.run({
    change: (changed, now) => {
      lookAfresh(changed, now)
      return []
    },
  })
  expect(record?.last?.end).toBe('completed')
  expect(app.starts).toBe(6)
})

test('a consumer that shows a key of somebody else is not restarted for that', async () => {
  const app = makeWorkload({ tells: true, reads: () => 'a-key-of-somebody-else' })
  const rig = makeRig({ consumers: { app } })
  app.attach(rig)
  expect((await rig.rotate()).end).toBe('standing')
  expect(app.starts).toBe(1)
})
