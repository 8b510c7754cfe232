/* The history of a repository: what is in no file any more is found all the same, with its commit. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dateFindings, GitError, scanHistory } from '../../src/scan/git.ts'
import { type Part, Tally } from '../../src/scan/tally.ts'
import { fingerprintIn, values } from './planted.ts'

const value = values.prefixed ?? ''
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-history-'))
  git('init', '--quiet', '--initial-branch=main')
})
afterEach(() => rmSync(folder, { recursive: true }))

function git(...args: string[]): string {
  const who = ['user.name=a', 'user.email=a@b.test', 'commit.gpgsign=false', 'core.autocrlf=false']
  const set = who.flatMap((one) => ['-c', one])
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  return execFileSync('git', [...set, ...args], { cwd: folder, env, encoding: 'utf8' }).trim()
}

function commit(message: string, files: Record<string, string | Buffer>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message', message)
  return git('rev-parse', 'HEAD')
}

const signal = new AbortController().signal

async function scan(range: string | null = null, at = folder): Promise<Part> {
  const tally = new Tally(new Set([fingerprintIn(value)]))
  await scanHistory(tally, { folder: at, range }, signal)
  const part = tally.take()
  await dateFindings(part.findings, { folder: at, range }, signal)
  return part
}

test('a key that was committed and taken out again is found with its path and its commit', async () => {
  commit('begin', { 'readme.md': 'hello' })
  const leak = commit('add config', { 'app.env': `A=1\nAPI_KEY=${value}\n` })
  commit('take it out', { 'app.env': 'A=1\n' })
  const { findings, counts } = await scan()
  expect(findings).toMatchObject([{ line: 2, form: 'raw', commit: { id: leak } }])
  expect(findings[0]?.source).toMatch(/^[0-9a-f]{40}:app\.env$/)
  // Three commits, two versions of one file, one other file.
  expect(counts.sources).toBe(6)
})

test('archives, messages, and what only the reflog still has are looked at', async () => {
  commit('begin', { 'readme.md': 'hello' })
  commit(`message with ${value}`, { 'dump.gz': gzipSync(`KEY=${value}\n`) })
  git('reset', '--quiet', '--hard', 'HEAD~1')
  const sources = (await scan()).findings.map(({ source }) => source.replace(/^[0-9a-f]{40}/, ''))
  expect(sources.sort()).toEqual([' (message of commit)', ':dump.gz!dump'])
})

test('a range reaches what it names and nothing before', async () => {
  const first = commit('begin', { 'old.env': `KEY=${value}\n` })
  commit('more', { 'new.txt': 'nothing' })
  expect((await scan(`${first}..`)).findings).toEqual([])
  expect((await scan('HEAD')).findings).toHaveLength(1)
  mkdirSync(join(folder, 'inside'))
  expect((await scan('HEAD', join(folder, 'inside'))).findings).toHaveLength(1)
})

test('many objects of many sizes stay in step with their paths', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`file ${index}`, `${'line\n'.repeat(index * 30)}${index}`]),
  )
  commit('begin', { ...files, 'file 99': `${'x'.repeat(300_000)} ${value}\n` })
  expect((await scan()).findings).toMatchObject([{ source: expect.stringMatching(/:file 99$/), line: 1 }])
})

test('no repository, no such range, and a range that is an option are refused', async () => {
  commit('begin', { 'readme.md': 'hello' })
  const elsewhere = mkdtempSync(join(tmpdir(), 'keyrota-history-'))
  await expect(scan(null, elsewhere)).rejects.toThrow(new GitError('this is no git repository'))
  rmSync(elsewhere, { recursive: true })
  await expect(scan('nowhere..')).rejects.toThrow(new GitError('git knows no such range'))
  await expect(scan('--output=x')).rejects.toThrow(GitError)
})

test('nothing that the repository names is run', async () => {
  commit('begin', { 'app.env': `KEY=${value}\n`, '.gitattributes': '* diff=evil\n' })
  const ran = join(folder, 'ran')
  git('config', 'diff.evil.textconv', `touch ${ran}; cat`)
  git('config', 'diff.external', `touch ${ran}`)
  git('config', 'core.fsmonitor', `touch ${ran}`)
  git('config', 'core.pager', `touch ${ran}`)
  expect((await scan()).findings).toHaveLength(1)
  expect(() => execFileSync('test', ['-e', ran])).toThrow()
})
