/* Where Keyrota's own secrets come from: a credential of systemd. Files and variables are tried through the config. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readSecret, secretSource } from '../../../../providers/shared/options/secret-source.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-credentials-'))
  mkdirSync(join(folder, 'credentials'))
  vi.stubEnv('CREDENTIALS_DIRECTORY', join(folder, 'credentials'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('a credential is the file of this name where systemd put it, read anew each time', async () => {
  const file = join(folder, 'credentials', 'video-token')
  for (const value of ['first', 'second']) {
    writeFileSync(file, `${value}\n`)
    expect((await readSecret({ credential: 'video-token' }, 'video')).expose()).toBe(value)
  }
})

test.each(['../outside', 'a/b', '/etc/passwd', '', '.', '..', '-x', 'a\0b'])(
  'a credential %j is refused, so that it cannot lead elsewhere',
  (credential) => {
    writeFileSync(join(folder, 'outside'), 'not for us')
    expect(secretSource.safeParse({ credential }).success).toBe(false)
  },
)

test.each([
  ['without systemd', '', 'video-token', /credential video-token is one of systemd, which did not start/],
  ['that was not loaded', '/nowhere', 'video-token', /cannot read credential video-token/],
  [
    'that may be the secret itself',
    '/nowhere',
    'Sk_live_8sd7fD',
    /cannot read the credential that the config names/,
  ],
])('one %s is an error that names what may be named', async (_, place, credential, message) => {
  vi.stubEnv('CREDENTIALS_DIRECTORY', place)
  const failure = readSecret({ credential }, 'video')
  await expect(failure).rejects.toMatchObject({
    code: 'invalid',
    effect: 'none',
    message: expect.stringMatching(message),
  })
})

test('an empty credential is none', async () => {
  writeFileSync(join(folder, 'credentials', 'empty'), '\n')
  await expect(readSecret({ credential: 'empty' }, 'video')).rejects.toThrow(/is empty/)
})
