import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conductRules } from './house-rules/conduct-rules.ts'
import { linterRules } from './house-rules/linter-rules.ts'
import type { Sample } from './house-rules/rule.ts'
import { shapeRules } from './house-rules/shape-rules.ts'
import { type Files, readRepository, root } from './house-rules/source-files.ts'

const repository = readRepository()

function plant(sample: Sample): Files {
  return Object.entries(sample).map(([path, text]) => ({ path, text }))
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
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-house-rules-'))
  const reported = new Set<string>()
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs the linter once, with the repository's own configuration, over the files of all rules. */
  beforeAll(() => {
    const config = JSON.parse(readFileSync(join(root, '.biome.json'), 'utf8'))
    write('.biome.json', JSON.stringify({ ...config, vcs: { enabled: false } }))
    for (const { path } of config.plugins) write(path, readFileSync(join(root, path), 'utf8'))
    for (const { planted, innocent } of linterRules)
      for (const [path, text] of Object.entries({ ...planted, ...innocent })) write(path, `${text}\n`)
    const biome = join(root, 'node_modules', '.bin', 'biome')
    const args = ['lint', '--reporter=json', '--max-diagnostics=none']
    const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' })
    for (const { category, location } of JSON.parse(stdout).diagnostics)
      reported.add(`${location.path} ${category}`)
  })

  function write(path: string, text: string): void {
    if (existsSync(join(folder, path))) throw new Error(`two rules use ${path}`)
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  describe.each(linterRules)('$category', ({ category, planted, innocent }) => {
    it.each(Object.keys(planted))('fires on %s', (path) => {
      expect(reported).toContain(`${path} ${category}`)
    })

    it('leaves the innocent alone', () => {
      const wrong = Object.keys(innocent).filter((path) => reported.has(`${path} ${category}`))
      expect(wrong).toEqual([])
    })
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
