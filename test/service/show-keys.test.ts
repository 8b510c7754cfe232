import { expect, test } from 'vitest'
import { JournalError } from '../../src/contracts/errors.ts'
import type { Journal } from '../../src/contracts/journal.ts'
import { run } from '../../src/service/run.ts'
import { makeRig } from '../engine/harness.ts'
import { startServing } from './serve/rig.ts'

const refused = new JournalError('unavailable', 'another has an object of that name', 'Rename one of them.')

/** The rig's journal, which shows keys too, into this list. */
function showing(journal: Journal, shown: string[][], error?: JournalError): Journal {
  return Object.assign(Object.create(journal), {
    async declare(keys: { name: string }[]) {
      shown.push(keys.map(({ name }) => name))
      if (error) throw error
    },
  })
}

test('a run shows the keys of the config once, before anything else', async () => {
  const rig = makeRig()
  const shown: string[][] = []
  const report = await run({ ...rig.context, journal: showing(rig.context.journal, shown) })
  expect([shown, report.failed]).toEqual([[['video']], []])
})

test('a key that cannot be shown is reported, and rotated all the same', async () => {
  const rig = makeRig()
  const report = await run({ ...rig.context, journal: showing(rig.context.journal, [], refused) })
  expect(report.failed).toEqual([{ key: 'journal', error: refused }])
  expect(report.attended[0]?.record?.current?.fingerprint).toBe(rig.held()[0])
})

test('serve shows them at its start and with each changed config, and says what it cannot show', async () => {
  const rig = makeRig()
  const shown: string[][] = []
  const journal = showing(rig.context.journal, shown, refused)
  const process = startServing(rig, { context: { journal } })
  await rig.clock.sleep(60_000)
  expect(shown).toEqual([['video']])
  expect(process.said).toContain(`${refused.message}. ${refused.nextStep}`)
  process.nextReload = () => ({ is: 'taken', summary: 'one key', close: async () => {} })
  process.changeConfig()
  await rig.clock.sleep(60_000)
  expect(shown).toEqual([['video'], ['video']])
  process.stop()
  await process.ended
})
