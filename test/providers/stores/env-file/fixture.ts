import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { takeLock } from '../../../../providers/stores/env-file/file/lock.ts'
import { openState } from '../../../../providers/stores/env-file/file/state.ts'
import { formats } from '../../../../providers/stores/env-file/formats/formats.ts'
import { make } from '../../../../providers/stores/env-file/index.ts'
import { checkAddress, MAX_VALUE_BYTES, options } from '../../../../providers/stores/env-file/options.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Content, Fault, StoreFixture } from '../../../laws/secret-store.ts'

export type FormatName = keyof typeof formats

/** A user id that owns nothing here. */
const NOBODY = 65_534

/** A folder of its own for one test file. */
export function makeFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-env-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export function makeStore(folder: string, given: Record<string, unknown> = {}): SecretStore {
  return make(options.parse(given), { name: 'dotenv', stateFolder: join(folder, 'state') })
}

/** Readers that are not ours: node's own, docker's rule in two lines, and a POSIX shell, whose quoting systemd shares. */
const readers: Record<FormatName, (text: string, path: string) => Record<string, string>> = {
  dotenv: (text) => parseEnv(text) as Record<string, string>,
  docker: (text) =>
    Object.fromEntries(
      text
        .split(/\r?\n/)
        .filter((line) => line.includes('=') && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  systemd(_text, path) {
    const env = execFileSync('env', ['-i', '/bin/sh', '-c', 'set -a; . "$1"; exec env -0', 'sh', path], {
      encoding: 'utf8',
      maxBuffer: 4_000_000,
    })
    const pairs = env.split('\0').filter((pair) => pair.includes('='))
    const all = Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    )
    const own = new Set(['PWD', 'OLDPWD', 'SHLVL', '_'])
    return Object.fromEntries(Object.entries(all).filter(([name]) => !own.has(name)))
  },
}

/** What no common reader of the format, or not all of them alike, can be given. */
const uncarried: Record<FormatName, (value: string) => boolean> = {
  dotenv: (value) =>
    /[\r\0\ufeff]/.test(value) || (/['\\]|\$[A-Za-z_{]/.test(value) && /["\\$`]/.test(value)),
  docker: (value) => /[\r\n\0]/.test(value),
  systemd: (value) => /[\r\0\ufeff]/.test(value),
}

export function makeFixture(folder: string, format: FormatName): StoreFixture {
  const store = makeStore(folder, { format })
  const read = (path: string) => readers[format](readFileSync(path, 'utf8'), path)
  const write = (path: string, content: Content) =>
    writeFileSync(path, spell(format, content), { mode: 0o600 })

  function newFolder(): string {
    const made = join(folder, randomUUID())
    mkdirSync(made, { mode: 0o700 })
    return made
  }

  async function holdLock(secret: string, store: SecretStore): Promise<Fault> {
    const { lock } = await openState('test', join(folder, 'state'), secret, [])
    const release = await takeLock('test', lock, 1000, new AbortController().signal)
    return { store, undo: async () => release() }
  }

  return {
    store,
    checkAddress,
    nature: {
      wholeSecret: false,
      distinguishesAbsent: false,
      sendsRetryAfter: false,
      retires: 'gone',
      maxValueBytes: MAX_VALUE_BYTES,
      cannotCarry: uncarried[format],
      calls: { readCurrent: 1, readVersion: 1, write: 1 },
    },
    anotherStore: async () => makeStore(folder, { format }),
    async newSecret(content) {
      const path = join(newFolder(), '.env')
      write(path, content)
      return path
    },
    async newEmptySecret() {
      const path = join(newFolder(), '.env')
      writeFileSync(path, '')
      return path
    },
    absentSecret: async () => join(newFolder(), '.env'),
    illegalNames: ['', '..', 'folder/', 'nul\0byte', 'x'.repeat(4097)],
    illegalFields: [
      '',
      '1ST',
      'WITH-DASH',
      'WITH SPACE',
      'NEXT_PUBLIC_KEY',
      'VITE_KEY',
      'EXPO_PUBLIC_KEY',
      'REACT_APP_KEY',
    ],
    unknownVersion: 'ef-00000000000000000000',
    rawRead: async (secret) => read(secret),
    rawText: 'has-fields',
    versionCount: 'not-kept',
    foreignWrite: async (secret, content) => write(secret, { ...read(secret), ...(content as object) }),
    requestCount: 'local',
    async landBeforeNextWrite(secret, content) {
      // `beforeSend` is the last thing the adapter does before it looks once more and renames.
      const racing: SecretStore = {
        ...store,
        write: (address, key, intent, call) =>
          store.write(address, key, intent, {
            signal: call.signal,
            beforeSend() {
              call.beforeSend()
              write(secret, { ...read(secret), ...(content as object) })
            },
          }),
      }
      return { store: racing, undo: async () => undefined }
    },
    hide: {
      removed: async (secret) => unlinkSync(secret),
      'moved behind a symbolic link': async (secret) => {
        renameSync(secret, `${secret}.real`)
        symlinkSync(`${secret}.real`, secret)
      },
    },
    denied: async (secret) => ({ store, undo: closeFolder(dirname(secret)) }),
    throttled: 'never',
    unavailable: (secret) => holdLock(secret, makeStore(folder, { format, lockWait: '30ms' })),
    hang: (secret) => holdLock(secret, store),
    lostAnswer: 'never',
  }
}

/** Takes this process the right to the folder; a superuser has to become somebody else for that. */
function closeFolder(folder: string): () => Promise<void> {
  chmodSync(folder, 0)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  return async () => {
    if (isRoot) process.seteuid?.(0)
    chmodSync(folder, 0o700)
  }
}

function spell(format: FormatName, content: Content): string {
  if (typeof content === 'string') return content
  return Object.entries(content)
    .map(([name, value]) => `${name}=${value === '' ? '' : formats[format].spell(value)}\n`)
    .join('')
}
