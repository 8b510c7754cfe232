import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { make } from '../../../providers/meters/csv/index.ts'
import { options } from '../../../providers/meters/csv/options.ts'
import { machine } from '../../../src/machine.ts'
import { expectInTime, followStory, tellStory } from './every-finding.ts'

test('through a CSV file that grows, every finding is made, told in time and by name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-story-'))
  const file = join(folder, 'usage.csv')
  const story = await tellStory()
  const given = {
    ...{ file, is: 'id', covers: '30m', stamp: 'end', history: '21d' },
    columns: { amount: 'requests', consumer: 'app', path: 'path' },
  }
  const meter = make(options.parse(given), { name: 'gateway', stateFolder: '', ...machine })
  const growing = {
    ...meter,
    read: (...args: Parameters<typeof meter.read>) => {
      const rows = story.uses.filter(({ at }) => at <= args[0].to)
      const lines = rows.map(({ at, id, app, path, amount }) =>
        [new Date(at).toISOString(), id, amount, app, path].join(';'),
      )
      writeFileSync(file, `\uFEFFtime;key;requests;app;path\r\n${lines.join('\r\n')}\r\n`)
      return meter.read(...args)
    },
  }
  const told = await followStory(story, growing)
  rmSync(folder, { recursive: true })
  expectInTime(told)
})
