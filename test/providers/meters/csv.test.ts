import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { make } from '../../../providers/meters/csv/index.ts'
import { options } from '../../../providers/meters/csv/options.ts'
import { call, context, HOUR, request, T0 } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-csv-'))
const file = join(folder, 'usage.csv')
afterAll(() => rmSync(folder, { recursive: true }))

async function read(text: string | Buffer, given: Record<string, unknown> = {}) {
  writeFileSync(file, text)
  return make(options.parse({ file, ...given }), context).read(request(), call())
}

const amounts = async (text: string, given = {}) =>
  (await read(text, given)).measured.map(({ key, amount, at }) => [key, amount, (at - T0) / HOUR])

describe('what other people’s files have', () => {
  test('a byte order mark, semicolons, CRLF, quotes, blanks, upper case, empty lines and cells', async () => {
    const text =
      '\uFEFF"Time";Key;"Requests";Note\r\n2026-11-27T08:00:00Z;web;12;"a; ""b"""\r\n\r\n2026-11-27T09:00:00Z; web ;;\r\n"2026-11-27 10:00";"batch";3.5;\r\n'
    expect(await amounts(text)).toEqual([
      ['web', 12, 1],
      ['batch', 3.5, 3],
    ])
  })

  test('rows in any order, twice, and corrected by a later one; other people’s keys', async () => {
    const text = [
      ...['time,key,requests', '2026-11-27T10:00:00Z,web,3', '2026-11-27T08:00:00Z,web,1'],
      ...['2026-11-27T08:00:00Z,web,1', '2026-11-27T10:00:00Z,web,4', '2026-11-27T09:00:00Z,stranger,9'],
    ].join('\n')
    const reading = await read(text)
    expect(reading.measured.map(({ amount }) => amount)).toEqual([1, 4])
    expect(reading.notes).toEqual([
      'line 5 corrects line 2: the later one counts',
      '1 rows are about keys that are not watched',
    ])
    expect(reading.completeTo).toBe('each')
  })

  test('seconds and milliseconds since 1970, times with a zone, days', async () => {
    const text = `time,key,requests\n${T0 / 1000},web,1\n${T0 + HOUR},web,2\n2026-11-27T12:00:00+02:00,web,3\n2026-11-27,web,4\n`
    expect(await amounts(text)).toEqual([
      ['web', 1, 1],
      ['web', 2, 2],
      ['web', 3, 3],
    ])
  })

  test('a column of ids tells the old key from the new one, and consumers', async () => {
    const text = 'when,api_key,n,who\n2026-11-27T08:00:00Z,id-old,2,cron\n2026-11-27T08:00:00Z,id-new,7,web\n'
    const columns = { time: 'when', key: 'api_key', amount: 'n', consumer: 'who' }
    const { measured } = await read(text, { columns, is: 'id' })
    expect(measured.map(({ key, fingerprint, by }) => [key, fingerprint, by])).toEqual([
      ['web', 'f-old', { consumer: 'cron' }],
      ['web', 'f-new', { consumer: 'web' }],
    ])
  })

  test('a row of tomorrow is left out: it would make today’s too old', async () => {
    const reading = await read('time,key,requests\n2027-11-27T08:00:00Z,web,1\n2026-11-27T08:00:00Z,web,2\n')
    expect(reading.measured.map(({ amount }) => amount)).toEqual([2])
    expect(reading.notes).toEqual(['rows of a time that has not come yet were left out'])
  })

  test('counters', async () => {
    const { measured } = await read('time,key,requests\n2026-11-27T09:00:00Z,web,100\n', { total: true })
    expect(measured).toEqual([
      { key: 'web', unit: 'requests', at: T0 + HOUR, amount: 100, by: {}, isTotal: true },
    ])
  })
})

describe('what is refused, with its line', () => {
  test.each([
    [
      'a decimal comma',
      'time;key;requests\n2026-11-27T08:00:00Z;web;1\n2026-11-27T09:00:00Z;web;1,5\n',
      /line 3: a comma in a number/,
    ],
    [
      'thousands with commas',
      'time;key;requests\n2026-11-27T08:00:00Z;web;"1,234,567"\n',
      /line 2: expected a number|line 2: a comma/,
    ],
    [
      'a negative number',
      'time,key,requests\n2026-11-27T08:00:00Z,web,-1\n',
      /line 2: an amount of use is not negative/,
    ],
    ['words', 'time,key,requests\n2026-11-27T08:00:00Z,web,n/a\n', /line 2: expected a number/],
    ['a time of another country', 'time,key,requests\n11/27/2026 8:00,web,1\n', /line 2: expected a time/],
    [
      'a day that does not exist',
      'time,key,requests\n2026-13-41T08:00:00Z,web,1\n',
      /line 2: expected a time/,
    ],
    [
      'a row that is cut',
      'time,key,requests\n2026-11-27T08:00:00Z,we',
      /line 2 has 2 cells, and the first line 3/,
    ],
    ['an open quote', 'time,key,requests\n2026-11-27T08:00:00Z,"web,1\n', /line 2: a quote is not closed/],
    ['no such column', 'date,key,requests\n', /line 1 has no column time/],
    ['a column twice', 'time,key,key,requests\n', /line 1 has the column key twice/],
    ['an empty file', '', /line 1 has no column time/],
  ])('%s', async (_, text, why) => {
    await expect(read(text)).rejects.toThrow(why)
    await expect(read(text)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('another encoding, no file, a folder', async () => {
    await expect(read(Buffer.from('time,key,requests\n', 'utf16le'))).rejects.toThrow(/no column|UTF-8/)
    await expect(read(Buffer.from([0xff, 0xfe, 0x41]))).rejects.toThrow('UTF-8')
    const meter = (path: string) => make(options.parse({ file: path }), context).read(request(), call())
    await expect(meter(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(join(folder, 'none.csv')),
    })
    await expect(meter(folder)).rejects.toMatchObject({ code: 'invalid' })
  })

  test('nothing of a refused cell is repeated: it may be a key', async () => {
    const secret = 'sk-live-0123456789abcdef'
    for (const text of [
      `time,key,requests\n2026-11-27T08:00:00Z,web,${secret}\n`,
      `time,key,requests\n${secret},web,1\n`,
    ])
      await expect(read(text)).rejects.toSatisfy(
        (error) => error instanceof Error && !error.message.includes(secret),
      )
  })
})
