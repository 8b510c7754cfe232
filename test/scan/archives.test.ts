/* Archives, compressed files, odd texts and limits: what is found in them, and what is said of the rest. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { scanContent } from '../../src/scan/content.ts'
import { findFiles, scanFile } from '../../src/scan/files.ts'
import { type Part, Tally } from '../../src/scan/tally.ts'
import { newBudget } from '../../src/scan/unpacking.ts'
import { fingerprintIn, values } from './planted.ts'
import { makeZip } from './zip-file.ts'

const value = values.prefixed ?? ''
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-scan-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function scanFolder(at = folder): Promise<Part> {
  const tally = new Tally(new Set([fingerprintIn(value)]))
  for (const { path } of findFiles(at, (name, why, detail) => tally.leaveOut(name, why, detail)))
    await scanFile(tally, path)
  return tally.take()
}

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function found({ findings }: Part): string[] {
  return findings.map(({ source, line, form }) => `${source.slice(folder.length + 1)}:${line} ${form}`)
}

function skipped({ skipped: all }: Part): string[] {
  return all.map(({ source, why }) => `${source.slice(folder.length + 1)} ${why}`)
}

const env = `A=1\nAPI_KEY=${value}\n`

async function tarOf(entries: Record<string, string | Buffer>): Promise<Buffer> {
  const made = pack()
  for (const [name, content] of Object.entries(entries)) made.entry({ name }, content)
  made.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of made as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('a key is found in each archive and in archives within archives, by its line', async () => {
  const tar = await tarOf({ 'etc/app.env': env, 'readme.md': 'nothing' })
  put('log.gz', gzipSync(env))
  put('log.zst', zstdCompressSync(env))
  put('backup.tar', tar)
  put('backup.tgz', gzipSync(tar))
  put(
    'app.zip',
    makeZip([
      { name: 'conf/app.env', content: env },
      { name: 'deep.tgz', content: gzipSync(tar) },
    ]),
  )
  put('leads-out.zip', makeZip([{ name: '../../app.env', content: env }]))
  expect(found(await scanFolder())).toEqual([
    'app.zip!conf/app.env:2 raw',
    'app.zip!deep.tgz!deep.tar!etc/app.env:2 raw',
    'backup.tar!etc/app.env:2 raw',
    'backup.tgz!backup.tar!etc/app.env:2 raw',
    'leads-out.zip!../../app.env:2 raw',
    'log.gz!log:2 raw',
    'log.zst!log:2 raw',
  ])
})

test('text of Windows programs is found with and without its mark', async () => {
  const text = `A=1\r\nsome text before the key\r\nAPI_KEY=${value}\r\n`
  put('marked.txt', `\ufeff${text}`)
  put('little.txt', Buffer.from(`\ufeff${text}`, 'utf16le'))
  put('plain.txt', Buffer.from(text, 'utf16le'))
  put('big.txt', Buffer.from(`\ufeff${text}`, 'utf16le').swap16())
  expect(found(await scanFolder())).toEqual([
    'big.txt:3 raw',
    'little.txt:3 raw',
    'marked.txt:3 raw',
    'plain.txt:3 raw',
  ])
})

test('what is not looked at is said, with the reason, and nothing waits', async () => {
  put('cut.gz', gzipSync(Buffer.from(env.repeat(5_000))).subarray(0, 60))
  put('broken.zip', makeZip([{ name: 'a', content: env }]).subarray(0, 40))
  put(
    'secret.zip',
    makeZip([
      { name: 'a.env', content: env, encrypted: true },
      { name: 'b.env', content: env },
    ]),
  )
  put('old.bz2', 'BZh91AY&SY')
  let nested = gzipSync(env)
  for (let depth = 0; depth < 5; depth += 1) nested = gzipSync(nested)
  put('deep.gz', nested)
  symlinkSync('cut.gz', join(folder, 'link'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  mkdirSync(join(folder, '.git', 'objects'), { recursive: true })
  mkdirSync(join(folder, '.git', 'refs'))
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  const part = await scanFolder()
  expect(skipped(part).sort()).toEqual([
    '.git/objects git-objects',
    'broken.zip broken',
    'cut.gz broken',
    'deep.gz!deep!deep!deep!deep too-deep',
    'link symbolic-link',
    'old.bz2 unsupported',
    'pipe special-file',
    'secret.zip!a.env encrypted',
  ])
  expect(found(part)).toEqual(['secret.zip!b.env:2 raw'])
  expect(part.counts.skipped).toMatchObject({ broken: 2, encrypted: 1, 'too-deep': 1 })
})

test('more unpacked than the limit ends that archive and is said', async () => {
  const tally = new Tally(new Set([fingerprintIn(value)]))
  const zeros = gzipSync(Buffer.alloc(1_000_000))
  const source = (async function* () {
    yield zeros
  })()
  await scanContent(tally, 'bomb.gz', source, { ...newBudget(), bytes: 300_000 })
  const { counts, skipped: all } = tally.take()
  expect(all).toMatchObject([{ source: 'bomb.gz', why: 'too-large' }])
  expect(counts.bytes).toBeLessThan(400_000)
})

test('a key in the name of a file or an entry is found there and never printed', async () => {
  put(`dump-${value}.txt`, 'nothing')
  put(`${value}`, env)
  put('app.zip', makeZip([{ name: `keys/${value}/a\u001b[2Jb`, content: 'nothing', encrypted: true }]))
  const part = await scanFolder()
  expect(found(part)).toEqual(['[secret]:null raw', '[secret]:2 raw'])
  expect(skipped(part)).toEqual(['app.zip!keys/[secret]/a?[2Jb encrypted'])
  expect(JSON.stringify(part)).not.toContain(value)
})

test('a file that cannot be read, or that is gone, is noted', async () => {
  const tally = new Tally(new Set())
  await scanFile(tally, join(folder, 'gone'))
  expect(tally.take().skipped).toMatchObject([{ why: 'unreadable', detail: 'ENOENT' }])
  const path = put('a.txt', 'x'.repeat(100))
  truncateSync(path, 0)
  await scanFile(tally, path)
  expect(tally.take()).toMatchObject({ counts: { sources: 1, bytes: 0 }, skipped: [] })
})
