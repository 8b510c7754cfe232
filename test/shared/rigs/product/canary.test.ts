import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Canary, makeCanary } from './canary.ts'

const token = '*:development.0123456789abcdef0123456789abcdef'

let state: string
let canary: Canary

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'keyrota-canary-'))
  mkdirSync(join(state, 'env-file'))
  canary = makeCanary()
  canary.hear(Buffer.from(JSON.stringify({ tokens: [{ tokenName: 'one', secret: token }] })))
})
afterEach(() => rmSync(state, { recursive: true }))

function printed(stdout: string): void {
  canary.keep('status', { code: 0, signal: null, stdout, stderr: '' })
}

test('finds a value of a response in the path of a URL, in an event, and in the journal', () => {
  expect(canary.known).toBe(1)
  printed(`DELETE /api/admin/api-tokens/${encodeURIComponent(token)} returned 500`)
  canary.keepEvent({ kind: 'alarm', message: `revoke ${token}` })
  writeFileSync(join(state, 'journal.sqlite-wal'), `before ${token} after`)
  const found = canary.search({ state }).map(({ sink }) => sink)
  expect([...new Set(found)].sort()).toEqual([
    'an event',
    'file journal.sqlite-wal',
    'standard output of status',
  ])
})

test('finds nothing where only the name and the fingerprint are', () => {
  printed('one fp:0123456789abcdef')
  expect(canary.search({ state })).toEqual([])
})
