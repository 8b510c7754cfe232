/* A leak that a receiver was told is taken up at once by the process that was told. */
import { expect, test } from 'vitest'
import { Intake } from '../../../src/service/reports/take-report.ts'
import { plainReceiver } from '../reports/rig.ts'
import { goBy, HOUR_MS, makeKeys, makeServedRig, startServing } from './rig.ts'

test('the key is replaced within seconds, although nobody else has changed its record', async () => {
  const rig = makeServedRig()
  const keys = makeKeys(rig, 3)
  const provider = plainReceiver({ does: 'rotate' })
  const receivers = { names: ['scanner'], get: async () => provider }
  const process = startServing(rig, { keys, context: { receivers } })
  await goBy(rig, HOUR_MS)
  // As the file of SQLite does: a process is not told of its own commits.
  rig.journal.watchers.clear()
  const content = rig.secrets.contentOf('key-1')
  const leaked = typeof content === 'string' ? '' : String(content.KEY)
  const about = { receiver: 'scanner', body: Buffer.from('1'), at: rig.now(), policy: provider.policy }
  await new Intake().take(process.context, about, { is: 'report', leaks: [{ texts: [Buffer.from(leaked)] }] })
  process.serving.ring('report')
  await goBy(rig, 20_000)
  expect((await rig.context.journal.load('key-1')).record?.last).toMatchObject({
    ...{ end: 'completed', reason: 'compromised' },
  })
  expect(rig.space.calls.issue).toBe(1)
  process.stop()
  await process.ended
})
