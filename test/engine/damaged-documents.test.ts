/* A document of the journal that somebody has cut off, written over, or left empty. */
import { expect, test } from 'vitest'
import { askUse } from '../../src/engine/ask-use.ts'
import { changeDocument, changeOrRenew } from '../../src/engine/change-document.ts'
import { deliverChore } from '../../src/service/notify/chore.ts'
import { readAllFindings } from '../../src/service/usage/documents.ts'
import { alarm, makeNotifyRig } from '../service/notify/rig.ts'
import { makeUsageRig } from '../service/usage/rig.ts'
import { makeRig } from './harness.ts'

const damaged = ['', '{"schema":1,"ke', 'null', '7'] as const

test.each(damaged)(
  '`%s`: it is named, never quoted, and written over only where it can be made anew',
  async (text) => {
    const { context } = makeRig()
    const { documents } = context.journal
    const [id, hand] = [
      { kind: 'test', name: 'one' },
      { ...context, documents },
    ]
    await documents.write(id, { text, revision: 0 })
    const refused = changeDocument(hand, id, () => ({ a: 1 }))
    await expect(refused).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('test one'),
    })
    expect((await documents.read(id))?.text).toBe(text)
    await changeOrRenew(hand, id, (now) => ({ was: now }))
    expect((await documents.read(id))?.text).toBe('{"was":null}')
  },
)

test('a damaged message holds up none about another key, and the next one about its own renews it', async () => {
  const rig = makeNotifyRig()
  const context = rig.open()
  context.providers.tell(alarm)
  await context.messages?.outbox.flush()
  const { documents } = rig.context.journal
  const [own] = await documents.list('message', { limit: 1 })
  if (!own) throw new Error('no message')
  await documents.write(own, { text: own.text.slice(0, 40), revision: own.revision })
  await documents.write({ kind: 'message', name: 'notifier.chat' }, { text: '{"name', revision: 0 })
  context.providers.tell({ ...alarm, key: 'another' })
  context.providers.tell(alarm)
  await deliverChore.work(context)
  const toChat = rig.arrived.filter(({ notifier }) => notifier === 'chat')
  expect(toChat.map(({ event }) => event.key).toSorted()).toEqual(['another', alarm.key])
})

test('a damaged document of use ends neither the watch nor a rotation', async () => {
  const rig = makeUsageRig()
  const { documents } = rig.context.journal
  await rig.run()
  for (const kind of ['usage', 'finding', 'meter'])
    await documents.write(
      { kind, name: kind === 'meter' ? 'gateway' : rig.key.name },
      { text: '{"schema":1,"ser', revision: 0 },
    )
  expect(await readAllFindings(rig.context)).toEqual(new Map())
  const record = await rig.record()
  const asking = { journal: rig.context.journal, record, world: { keys: rig.context.keys } } as never
  expect(await askUse(asking, { ask: 'use', fingerprint: 'x' })).toBeUndefined()
  await rig.watchFor(3 * 3_600_000)
  expect(JSON.parse((await documents.read({ kind: 'usage', name: rig.key.name }))?.text ?? '')).toMatchObject(
    {
      schema: 1,
    },
  )
})
