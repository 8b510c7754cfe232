import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type LawResult, putLawTable, renderLawTable, takeLawTable } from '../../.ci/law-table.ts'
import { providers } from '../../providers/index.ts'
import { secretStoreLaw } from '../laws/secret-store.ts'

/** Rows of a Markdown table as cells; `nth` counts the tables of a text. */
function readTable(text: string, nth: number): string[][] {
  const table = text.split(/\n\n/)[nth] ?? ''
  return table
    .split('\n')
    .filter((line) => !/^\|[ :|-]+\|$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

describe('the law in providers/README.md', () => {
  const table = takeLawTable(readFileSync(new URL('../../providers/README.md', import.meta.url), 'utf8'))
  const [, ...servers] = readTable(table, 0)
  const [[, ...stores] = [], ...rules] = readTable(table, 1)

  test('names every store there is, and no other', () => {
    const known = Object.keys(providers.stores).sort()
    expect(stores).toEqual(known)
    expect([...new Set(servers.map(([store]) => store))]).toEqual(known)
  })

  test('names every rule of the law, in its order, and no other', () => {
    expect(rules.map(([rule]) => rule)).toEqual(secretStoreLaw.map(({ name }) => name.replaceAll('`', '')))
  })

  test('was passed by every store at every server', () => {
    for (const [, server, passed] of servers) expect(passed, server).toBe(`all ${secretStoreLaw.length}`)
    for (const [rule, ...cells] of rules) expect(new Set(cells), rule).toEqual(new Set(['✓']))
  })
})

describe('the table', () => {
  const result = (store: string, server: string, rule: string, passed = true): LawResult => ({
    ...{ store, server, rule, passed },
  })

  test('shows at how many servers a rule was passed, and what was not run', () => {
    const table = renderLawTable([
      result('vault', 'OpenBao', 'one'),
      result('aws', 'moto', 'one'),
      result('aws', 'moto', 'two'),
      result('aws', 'contract', 'one'),
      result('aws', 'contract', 'two', false),
    ])
    expect(readTable(table, 0).slice(1)).toEqual([
      ['aws', 'moto', 'all 2'],
      ['aws', 'contract', '**1 of 2**'],
      ['vault', 'OpenBao', 'all 1'],
    ])
    expect(readTable(table, 1)).toEqual([
      ['rule', 'aws', 'vault'],
      ['one', '✓', '✓'],
      ['two', '**1 of 2**', 'not run'],
    ])
  })

  test('goes between its markers and comes out as it went in', () => {
    const text = 'before\n<!-- law -->\nold\n<!-- /law -->\nafter\n'
    const written = putLawTable(text, '| a |')
    expect(takeLawTable(written)).toBe('| a |')
    expect(written.replace(/<!-- law -->[\s\S]*<!-- \/law -->/, '')).toBe('before\n\nafter\n')
    expect(() => putLawTable('no markers', '| a |')).toThrow(/no place/)
  })
})
