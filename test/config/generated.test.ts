import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { generateFiles } from '../../.ci/generate.ts'

const files = await generateFiles()

describe('generated files', () => {
  it('are the schema, the reference and a table of options for each provider', () => {
    expect([...files.keys()]).toContain('src/config/keyrota.schema.generated.json')
    expect([...files.keys()].filter((path) => path.startsWith('providers/')).length).toBeGreaterThan(10)
  })

  it.each([...files.keys()])('%s is what `npm run generate` writes', async (path) => {
    const written = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
    expect(written).toBe(files.get(path))
  })

  it('describe every option', async () => {
    const undescribed = [...files.values()].flatMap(
      (text) => text.match(/^\| `[^`.]+` \|.*\| {2}\|$/gm) ?? [],
    )
    expect(undescribed).toEqual([])
  })
})
