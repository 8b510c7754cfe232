import { describe, expect, test } from 'vitest'
import {
  dropJournalSpace,
  type JournalSpace,
  journalSpace,
  make,
  openMemoryJournal,
} from '../../../providers/journals/memory/index.ts'
import { options } from '../../../providers/journals/memory/options.ts'
import { machine } from '../../../src/machine.ts'
import { type JournalFixture, journalLaw } from '../../laws/journal.ts'
import { VirtualClock } from '../../shared/virtual-clock.ts'

function makeFixture(): JournalFixture {
  const clock = new VirtualClock()
  const space: JournalSpace = {
    rows: new Map(),
    sightings: new Map(),
    trail: [],
    finished: new Map(),
    documents: new Map(),
    watchers: new Set(),
    documentWatchers: new Set(),
  }
  return {
    leaseMs: 1000,
    goneHolder: 'gone',
    open: async () =>
      openMemoryJournal(space, {
        clock,
        random: machine.random,
        isProcessGone: (holder) => holder === 'gone',
      }),
    pass: async (ms) => clock.pass(ms),
  }
}

describe('the law of journals', () => {
  for (const rule of journalLaw) test(rule.name, () => rule.run(makeFixture()))
})

test('journals share what their space holds, and nothing with another space', async () => {
  const context = { name: 'journal', stateFolder: '/nowhere', ...machine }
  const one = make(options.parse({ space: 'shared' }), context)
  const two = make(options.parse({ space: 'shared' }), context)
  const other = make(options.parse({}), context)
  await one.claim('web', { holder: 'one', leaseMs: 1000 })
  expect((await two.load('web')).lease?.holder).toBe('one')
  expect((await other.load('web')).lease).toBeNull()
  dropJournalSpace('shared')
  expect(journalSpace('shared').rows.size).toBe(0)
})
