import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type LawResult, putLawTable, renderLawTable, takeLawTable } from '../../.ci/law-table.ts'
import { providers } from '../../providers/index.ts'
import { secretStoreLaw } from '../laws/secret-store.ts'

/** Rows of a Markdown table as cells. */
function readTable(table: string): string[][] {
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
  const [[, ...columns] = [], ...rows] = readTable(table)
  const [passed, ...rules] = rows.reverse()

  test('names every store there is, and no other', () => {
    const known = Object.keys(providers.stores).sort()
    expect([...new Set(columns.map((column) => column.split(':')[0]))]).toEqual(
      known.map((store) => store.split('-')[0]),
    )
  })

  test('names every rule of the law, in its order, and no other', () => {
    expect(rules.reverse().map(([rule]) => rule)).toEqual(
      secretStoreLaw.map(({ name }) => name.replaceAll('`', '')),
    )
  })

  test('was passed by every store at every server', () => {
    expect(new Set(passed?.slice(1))).toEqual(new Set([`all ${secretStoreLaw.length}`]))
    for (const [rule, ...cells] of rules) expect(new Set(cells), rule).toEqual(new Set(['✓']))
  })
})

describe('the table', () => {
  const result = (store: string, server: string, rule: string, passed = true): LawResult => ({
    ...{ store, server, rule, passed },
  })

  test('shows of each server which rules were passed, which not, and which were not run', () => {
    const table = renderLawTable([
      result('vault', 'OpenBao', 'one'),
      result('aws-secrets', 'moto', 'one'),
      result('aws-secrets', 'moto', 'two'),
      result('aws-secrets', 'contract server', 'one'),
      result('aws-secrets', 'contract server', 'two', false),
    ])
    expect(readTable(table)).toEqual([
      ['rule', 'aws: moto', 'aws: contract server', 'vault: OpenBao'],
      ['one', '✓', '✓', '✓'],
      ['two', '✓', '**✗**', 'not run'],
      ['**passed**', 'all 2', '**1 of 2**', '**1 of 2**'],
    ])
  })

  test('keeps the whole name of stores that begin alike', () => {
    const [head] = readTable(renderLawTable([result('env-file', 'x', 'one'), result('env-vars', 'x', 'one')]))
    expect(head).toEqual(['rule', 'env-file: x', 'env-vars: x'])
  })

  test('goes between its markers and comes out as it went in', () => {
    const text = 'before\n<!-- law -->\nold\n<!-- /law -->\nafter\n'
    const written = putLawTable(text, '| a |')
    expect(takeLawTable(written)).toBe('| a |')
    expect(written.replace(/<!-- law -->[\s\S]*<!-- \/law -->/, '')).toBe('before\n\nafter\n')
    expect(() => putLawTable('no markers', '| a |')).toThrow(/no place/)
  })
})
