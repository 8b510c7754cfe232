import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const rules = readFileSync(new URL('../../src/workflow/RULES.md', import.meta.url), 'utf8')

test('every rule says what goes wrong without it and names tests that exist', () => {
  const sections = rules.split(/^## /m).slice(1)
  const numbers = sections.map((section) => Number.parseInt(section, 10))
  expect(numbers).toEqual(Array.from({ length: 18 }, (_, index) => index + 1))
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
