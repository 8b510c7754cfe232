import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conductRules } from './house-rules/conduct-rules.ts'
import { maskSource } from './house-rules/mask.ts'
import type { Sample } from './house-rules/rule.ts'
import { shapeRules } from './house-rules/shape-rules.ts'
import { type Files, readRepository, root, sourceFile } from './house-rules/source-files.ts'

const repository = readRepository()

function plant(sample: Sample): Files {
  return Object.entries(sample).map(([path, text]) => sourceFile(path, text))
}

describe.each([...shapeRules, ...conductRules])('$name', (rule) => {
  it('holds', () => {
    expect(rule.find(repository)).toEqual([])
  })

  it.each(rule.planted.map((sample) => [JSON.stringify(sample).slice(0, 80), sample] as const))(
    'fires on %s',
    (_, sample) => {
      expect(rule.find(plant(sample))).not.toEqual([])
    },
  )

  it('leaves the innocent alone', () => {
    expect(rule.innocent.flatMap((sample) => rule.find(plant(sample)))).toEqual([])
  })
})

describe('the linter', () => {
  /** What biome says of a file, with the repository's own configuration, in a folder apart. */
  function lint(path: string, text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'keyrota-house-rules-'))
    try {
      const config = JSON.parse(readFileSync(join(root, '.biome.json'), 'utf8'))
      writeFileSync(join(folder, '.biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }))
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), text)
      const biome = join(root, 'node_modules', '.bin', 'biome')
      const done = spawnSync(biome, ['lint', path], { cwd: folder, encoding: 'utf8' })
      return `${done.status}\n${done.stdout}${done.stderr}`
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('refuses a function of more than 50 lines', () => {
    const body = (lines: number) => `export function a(): void {\n${'  f()\n'.repeat(lines)}}\n`
    const refused = lint('src/planted.ts', body(51))
    expect(refused).toMatch(/^1\n/)
    expect(refused).toContain('noExcessiveLinesPerFunction')
    expect(lint('src/planted.ts', body(45))).toMatch(/^0\n/)
  })

  it('is part of the tests, with types and unused exports', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(scripts.test).toContain('npm run --silent check')
    expect(scripts.check.split(' && ').map((part: string) => part.split(' ')[0])).toEqual([
      'tsc',
      'biome',
      'knip',
      'vitest',
    ])
  })
})

describe('the scanner', () => {
  const open = '$' + '{'
  it.each([
    ['a // b\nc', 'a     \nc'],
    ['a /* b\nc */ d', 'a     \n     d'],
    [`'a"\\'b' + "c'"`, `'_____' + "__"`],
    [`\`a${open}b + \`c${open}d}\`}e\``, `\`_${open}b + \`_${open}d}\`}_\``],
    ['a / b / c', 'a / b / c'],
    ['x = /[\'"/]/.test(y)', 'x = /_____/.test(y)'],
    ['return /\\/\\*/g', 'return /____/g'],
    ["f({ a: 1 }, '// no')", "f({ a: 1 }, '_____')"],
  ])('masks %s', (text, masked) => {
    expect(maskSource(text)).toBe(masked)
    expect(maskSource(text)).toHaveLength(text.length)
  })
})
