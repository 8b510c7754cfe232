/* The law of notifiers. */

import assert from 'node:assert/strict'
import type { Notifier, NotifyEvent } from '../../src/contracts/notifier.ts'

/** What a test of a notifier provides: the adapter, and what has arrived at the other end. */
export interface NotifierFixture {
  /** The adapter under test, configured to report events of every level. */
  readonly notifier: Notifier
  /** The messages that arrived, one per event, as raw text. */
  arrived(): Promise<readonly string[]>
  /** From now on the other end accepts nothing, until the returned function is called. */
  lose(): Promise<() => Promise<void>>
}

export interface NotifierRule {
  readonly name: string
  run(fixture: NotifierFixture): Promise<void>
}

const event: NotifyEvent = {
  at: 1_767_225_600_000,
  level: 'alarm',
  key: 'renderer-prod',
  rotation: '20260101-k7f3qa',
  kind: 'not-revoked',
  message: 'the old key still works',
  command: 'keyrota resume renderer-prod',
}

/**
 * The law of the Notifier contract. Create one test per rule, each with its own fixture:
 *
 *     for (const rule of notifierLaw) test(rule.name, async () => rule.run(await makeFixture()))
 */
export const notifierLaw: readonly NotifierRule[] = [
  { name: 'an event arrives once, with key, level, message and command', run: arriveOnce },
  { name: 'an event without rotation and command arrives too', run: arriveBare },
  { name: 'events of every level arrive, in order', run: keepOrder },
  { name: 'only the fields of an event arrive', run: addNothing },
  { name: 'characters that a terminal interprets or hides arrive escaped', run: escapeControls },
  { name: 'a message of any length arrives within bounds', run: stayBounded },
  { name: 'an event that cannot be delivered is an error, and the next one is delivered', run: failAndGoOn },
]

async function arriveOnce({ notifier, arrived }: NotifierFixture): Promise<void> {
  await notifier.notify(event)
  const [text = '', ...others] = await arrived()
  assert.deepEqual(others, [])
  for (const part of [event.key, event.level, event.kind, event.message, event.command, event.rotation])
    assert.ok(text.includes(part ?? ''), `${part} is missing`)
}

async function arriveBare({ notifier, arrived }: NotifierFixture): Promise<void> {
  const { rotation: _rotation, command: _command, ...bare } = event
  await notifier.notify(bare)
  const [text = ''] = await arrived()
  assert.ok(text.includes(event.message))
  assert.ok(!text.includes('undefined') && !text.includes('null'))
}

async function keepOrder({ notifier, arrived }: NotifierFixture): Promise<void> {
  for (const level of ['info', 'warning', 'alarm'] as const)
    await notifier.notify({ ...event, level, message: `of level ${level}` })
  const texts = await arrived()
  assert.equal(texts.length, 3)
  for (const [index, level] of ['info', 'warning', 'alarm'].entries())
    assert.ok(texts[index]?.includes(`of level ${level}`))
}

async function addNothing({ notifier, arrived }: NotifierFixture): Promise<void> {
  await notifier.notify({ ...event, material: 'not-a-field-of-an-event' } as NotifyEvent)
  assert.ok(!(await arrived()).join('').includes('not-a-field-of-an-event'))
}

async function escapeControls({ notifier, arrived }: NotifierFixture): Promise<void> {
  const hostile = ['\u001b[2J', '\r\n', '\u0007', '\u009b31m', '\u202e', '\u2028', '\u200b', '\u007f']
  await notifier.notify({
    ...event,
    message: `before${hostile.join('')}after`,
    kind: `kind${hostile.join('')}`,
  })
  const [text = '', ...others] = await arrived()
  assert.deepEqual(others, [])
  assert.ok(text.includes('before') && text.includes('after'))
  for (const raw of hostile) assert.ok(!text.includes(raw), `raw ${JSON.stringify(raw)}`)
}

async function stayBounded({ notifier, arrived }: NotifierFixture): Promise<void> {
  await notifier.notify({ ...event, message: `it begins ${'x'.repeat(1_000_000)}` })
  const [text = ''] = await arrived()
  assert.ok(text.includes('it begins') && text.length < 20_000)
}

async function failAndGoOn({ notifier, arrived, lose }: NotifierFixture): Promise<void> {
  const undo = await lose()
  await assert.rejects(notifier.notify(event), { name: 'ProviderError', code: 'unavailable' })
  await undo()
  await notifier.notify({ ...event, message: 'once more' })
  assert.ok((await arrived()).at(-1)?.includes('once more'))
}
