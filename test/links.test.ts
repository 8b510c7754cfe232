/* Links of the documents to files and headings of this repository. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const LEFT_OUT = ['node_modules', '.git', 'dist']
const FENCE = /^(`{3,})[\s\S]*?^\1/gm
const LINK = /\]\((?<path>[^)\s#:]*)(?:#(?<anchor>[^)\s]+))?\)/g

function listDocuments(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return LEFT_OUT.includes(entry.name) ? [] : listDocuments(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

function anchorsIn(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replaceAll(FENCE, '')
  const seen = new Map<string, number>()
  return new Set(
    [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
      const anchor = anchorOf(heading)
      const before = seen.get(anchor) ?? 0
      seen.set(anchor, before + 1)
      return before === 0 ? anchor : `${anchor}-${before}`
    }),
  )
}

function findBroken(document: string): string[] {
  const text = readFileSync(document, 'utf8').replaceAll(FENCE, '')
  return [...text.matchAll(LINK)].flatMap(({ groups }) => {
    const { path = '', anchor } = groups ?? {}
    const target = path === '' ? document : join(dirname(document), decodeURIComponent(path))
    const shown = `${relative(root, document)}: ${path}${anchor === undefined ? '' : `#${anchor}`}`
    if (!existsSync(target)) return [shown]
    if (anchor === undefined || statSync(target).isDirectory()) return []
    return anchorsIn(target).has(anchor) ? [] : [shown]
  })
}

test('every link leads to a file of this repository, and to a heading that it has', () => {
  const documents = listDocuments()
  expect(documents.length).toBeGreaterThan(30)
  expect(documents.flatMap(findBroken)).toEqual([])
})
