/* Use of keys from a CSV file, as an export or a script of somebody else writes it. */
import { open } from 'node:fs/promises'
import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Meter, MeterReading, MeterRequest } from '../../../src/contracts/meter.ts'
import { measureRows, type Row, readAmount, readTime, unusable } from '../../shared/meter/rows.ts'
import { Notes } from '../../shared/meter/subjects.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { splitCells } from './cells.ts'
import type { Options } from './options.ts'

/** A file beyond this is not read: it would be held in memory. */
const MOST_BYTES = 64 * 1024 * 1024
const TRAITS = ['consumer', 'address', 'agent', 'path'] as const

export function make(options: Options, { name }: ProviderContext): Meter {
  return {
    everyMs: parseDurationMs(options.every),
    historyMs: parseDurationMs(options.history),
    read: async (request) => readFrom(options, name, request, await readText(options.file, name)),
  }
}

async function readText(file: string, provider: string): Promise<string> {
  let bytes: Buffer
  try {
    const handle = await open(file, 'r')
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw unusable(provider, 'it is no regular file')
      if (stat.size > MOST_BYTES) throw unusable(provider, `it is larger than ${MOST_BYTES} bytes`)
      bytes = await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new ProviderError({
      code: isAbsent ? 'not_found' : 'unavailable',
      provider,
      message: `${file} ${isAbsent ? 'does not exist' : 'cannot be read'}`,
      effect: 'none',
      nextStep: isAbsent
        ? 'Correct `file` of the meter, or have the file written.'
        : 'Make the file readable for the user that runs Keyrota.',
      cause,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw unusable(provider, 'it is not in UTF-8')
  }
}

function readFrom(options: Options, provider: string, request: MeterRequest, text: string): MeterReading {
  const { is, unit, total, stamp, covers } = options
  const notes = new Notes()
  const rows = readRows(options, provider, text)
  const rules = { is, unit, total, stamp, coversMs: parseDurationMs(covers) }
  return { measured: measureRows(rows, request, rules, notes), completeTo: 'each', notes: notes.texts }
}

function readRows(options: Options, provider: string, text: string): Row[] {
  const lines = text.split(/\r\n|\n|\r/)
  const header = lines[0] ?? ''
  const delimiter = options.delimiter === 'tab' ? '\t' : (options.delimiter ?? guessDelimiter(header))
  const split = (line: string, place: string) => {
    const cells = splitCells(line, delimiter)
    if (cells) return cells
    throw unusable(provider, `${place}: a quote is not closed, or closed within a cell`)
  }
  const columns = findColumns(options, provider, split(header, 'line 1'))
  const rows: Row[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue
    const place = `line ${index + 1}`
    const cells = split(line, place)
    if (cells.length !== columns.count)
      throw unusable(provider, `${place} has ${cells.length} cells, and the first line ${columns.count}`)
    const row = readRow(columns, cells, place, provider)
    if (row) rows.push(row)
  }
  return rows
}

interface Columns {
  count: number
  time: number
  key: number
  amount: number
  traits: (readonly [(typeof TRAITS)[number], number])[]
}

function findColumns({ columns }: Options, provider: string, header: readonly string[]): Columns {
  const names = header.map((cell) => cell.toLowerCase())
  const find = (name: string) => {
    const at = names.indexOf(name.toLowerCase())
    if (at < 0) throw unusable(provider, `line 1 has no column ${name}; columns: ${header.length}`)
    if (names.lastIndexOf(name.toLowerCase()) !== at)
      throw unusable(provider, `line 1 has the column ${name} twice`)
    return at
  }
  return {
    ...{
      count: header.length,
      time: find(columns.time),
      key: find(columns.key),
      amount: find(columns.amount),
    },
    traits: TRAITS.flatMap((trait) => {
      const name = columns[trait]
      return name === undefined ? [] : [[trait, find(name)] as const]
    }),
  }
}

function readRow(columns: Columns, cells: readonly string[], place: string, provider: string): Row | null {
  const amount = cells[columns.amount] ?? ''
  const key = cells[columns.key] ?? ''
  // An empty cell is neither none nor an error: nothing was measured.
  if (amount === '' || key === '') return null
  const at = readTime(cells[columns.time] ?? '')
  if (at === null) throw unusable(provider, `${place}: expected a time such as 2026-11-27T10:00:00Z`)
  const by = Object.fromEntries(
    columns.traits.flatMap(([trait, column]) => (cells[column] ? [[trait, cells[column]]] : [])),
  )
  return { place, at, key, amount: readAmount(amount, place, provider), by }
}

function guessDelimiter(header: string): string {
  const counts = [',', ';', '\t'].map((one) => [one, header.split(one).length] as const)
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0] ?? ','
}
