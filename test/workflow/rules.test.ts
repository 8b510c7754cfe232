import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const rules = readFileSync(new URL('../../src/workflow/RULES.md', import.meta.url), 'utf8')
const kept = rules.slice(0, rules.indexOf('## Not kept yet'))

test('every rule that is kept says what goes wrong without it and names tests that exist', () => {
  const sections = kept.split(/^## (?=\d+\. )/m).slice(1)
  expect(sections.length).toBeGreaterThan(10)
  for (const section of sections) {
    expect(section).toMatch(/^- Without it: /m)
    const named = [...section.matchAll(/^- `(test\/[^`]+)`: "(.+)"$/gm)]
    expect(named).not.toEqual([])
    for (const [, path, title] of named) {
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
      expect(text, `${path} has the test "${title}"`).toContain(title)
    }
  }
})

test('the rules that are not kept yet are listed with what is done today', () => {
  const sections = rules
    .slice(kept.length)
    .split(/^### (?=\d+\. )/m)
    .slice(1)
  const all = [...kept.split(/^## (?=\d+\. )/m).slice(1), ...sections]
  const numbers = all.map((section) => Number.parseInt(section, 10)).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
  for (const section of sections) expect(section).toContain('_Today_: ')
})
