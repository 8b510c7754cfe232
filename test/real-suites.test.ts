import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

test('every suite against real servers says which servers it needs', () => {
  const list = (...args: string[]) =>
    execFileSync(process.execPath, ['.ci/test-real.ts', '--list', ...args], { cwd: root, encoding: 'utf8' })
  expect(list('--without', 'kubernetes-node').trim().split(' ')).toEqual(
    expect.arrayContaining(['aws', 'kubernetes', 'vault']),
  )
  expect(list('--only', 'kubernetes-node')).toBe('kubernetes-node\n')
})
