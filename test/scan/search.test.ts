/* The search in text: which ways of writing a key down are found, and which are not. */

import { expect, test } from 'vitest'
import { Searcher } from '../../src/scan/search.ts'
import { TextStream } from '../../src/scan/text-stream.ts'
import { decoys, fingerprintIn, values, ways } from './planted.ts'

interface Found {
  form: string
  line: number
  start: number
  fingerprint: string
}

/** One for each set of known keys: what it remembers of one text must not hide a key in the next. */
const searchers = new Map<string, Searcher>()

function searcherOf(known: readonly string[]): Searcher {
  const id = known.join('\n')
  const made = searchers.get(id) ?? new Searcher(new Set(known.map(fingerprintIn)))
  searchers.set(id, made)
  return made
}

function search(text: string | Buffer, known: readonly string[], chunk = 65_536): Found[] {
  const found: Found[] = []
  const stream = new TextStream(searcherOf(known), (hit) => found.push(hit))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += chunk) stream.write(bytes.subarray(at, at + chunk))
  stream.end()
  return found
}

const named = Object.entries(values)

test('every planted key is found once, under its form, and nothing else: misses and false hits are none', () => {
  const misses: string[] = []
  const falseHits: string[] = []
  let planted = 0
  for (const [shape, value] of named) {
    const others = Object.values(values)
    for (const { about, form, write, except = [] } of ways) {
      const found = search(`before it\n${write(value)}\nafter it\n`, others)
      const ours = found.filter(({ fingerprint }) => fingerprint === fingerprintIn(value))
      if (!except.includes(shape)) planted += 1
      if (!except.includes(shape) && !ours.some((one) => form.test(one.form)))
        misses.push(`${shape} as ${about}: ${ours.map((one) => one.form).join() || 'not found'}`)
      if (ours.length > 1) falseHits.push(`${shape} as ${about}: ${ours.length} times`)
      if (found.length > ours.length) falseHits.push(`${shape} as ${about}: another key`)
    }
    for (const { about, write } of decoys)
      if (search(write(value), others).length > 0) falseHits.push(`${shape}, ${about}`)
  }
  expect({ misses, falseHits }).toEqual({ misses: [], falseHits: [] })
  expect(planted).toBeGreaterThan(230)
})

test('what is written down as out of reach is not found: were it, the documents would be wrong', () => {
  const missed = named.flatMap(([shape, value]) =>
    ways
      .filter(({ except = [] }) => except.includes(shape))
      .filter(({ write }) => search(write(value), [value]).length === 0)
      .map(({ about }) => `${shape}: ${about}`),
  )
  expect(missed).toMatchInlineSnapshot(`
    [
      "password: CSV",
      "password: XML",
      "password: address, not encoded",
    ]
  `)
})

test('a key is found wherever the stream is cut', () => {
  const value = values.prefixed ?? ''
  const text = `${'a line of a log\n'.repeat(3)}key=${value} and more\n`
  for (let chunk = 1; chunk < 64; chunk += 1)
    expect(search(text, [value], chunk)).toMatchObject([{ line: 4, start: 52, form: 'raw' }])
})

test('a text without any break is searched in constant memory, and a key in it found once', () => {
  const value = values.dashed ?? ''
  const text = `${'x'.repeat(200_000)}&k=${value}&${'y'.repeat(200_000)}`
  expect(search(text, [value], 8_192)).toHaveLength(1)
  const packed = Buffer.from(`${'x'.repeat(200_001)} ${value} ${'y'.repeat(200_000)}`).toString('base64')
  expect(search(packed, [value], 8_192)).toMatchObject([{ form: 'base64' }])
})

test('each place counts, also of the same value in the same line', () => {
  const value = values.uuid ?? ''
  expect(search(`${value} ${value}\n${value}\n`, [value]).map(({ line, start }) => [line, start])).toEqual([
    [1, 0],
    [1, value.length + 1],
    [2, 2 * value.length + 2],
  ])
})

test('words that were seen before are looked at again when they hold a key', () => {
  const value = values.hex ?? ''
  const lines = `other=${'z'.repeat(30)}\nkey=${value}\n`
  expect(search(lines.repeat(50), [value])).toHaveLength(50)
})
