/* More events than are kept while the journal is down. */
import { expect, test } from 'vitest'
import { JournalError } from '../../../src/contracts/errors.ts'
import { deliverChore } from '../../../src/service/notify/chore.ts'
import { alarm, makeNotifyRig } from './rig.ts'

test('a flood of news while the journal is down takes no alarm with it', async () => {
  const rig = makeNotifyRig()
  let isDown = true
  const context = rig.open((_call, go) =>
    isDown ? Promise.reject(new JournalError('unavailable', 'down', 'Wait.')) : go(),
  )
  context.providers.tell(alarm)
  for (let count = 0; count < 1_100; count += 1)
    context.providers.tell({ ...alarm, key: `key-${count}`, level: 'warning' })
  await expect(context.messages?.outbox.flush()).rejects.toThrow('down')
  isDown = false
  await context.messages?.outbox.flush()
  await deliverChore.work(context)
  expect(rig.arrived.map(({ event }) => event.key)).toContain(alarm.key)
})
