import { createHash } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../contracts/config.ts'
import { isRepeatableSource } from '../contracts/config-path.ts'
import type { Environment } from '../state-folder/places.ts'

/*
 * Parsing and checking a config costs more than everything else that a short command does, and a config rarely
 * changes. So a valid config is cached as JSON beside the compiled code, in the user's cache folder, and used as long
 * as its text and everything else that the checks depend on stay the same. It holds what the config says: no secret.
 * Somebody may have pasted one all the same, so the text is kept as its hash alone, comments and all, and a config
 * with something else than a name where a secret's name belongs is not kept.
 */

/** A file name may have 255 bytes; this leaves room for the extensions. */
const MAX_NAME_BYTES = 240

/** The text of a config, with everything beside the program that its checks depend on. */
export interface ConfigText {
  path: string
  text: string
  env: Environment
}

/** Where configs are cached, and by which program: another one may check them differently. */
export interface Cache {
  folder: string
  program: string
}

interface Cached {
  key: unknown
  config: Config
}

/**
 * The cache of a built program, which is identified by its own file: every installation writes a new one. There is none
 * for a program that runs from its sources, where any file may change, or for a user without a cache folder.
 */
export function findCache(env: Environment, programFile: string): Cache | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = env
  const base = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
  if (!base || !isAbsolute(base) || programFile.endsWith('.ts')) return undefined
  const { ino, size, ctimeMs } = statSync(programFile)
  return {
    folder: join(base, 'keyrota', 'configs'),
    program: `${process.version} ${ino} ${size} ${ctimeMs}`,
  }
}

/** The config that an earlier run read from the same text; undefined if there is none. */
export function readCached(cache: Cache, source: ConfigText): Config | undefined {
  const file = fileOf(cache, source)
  const cached = file === undefined ? undefined : readFileContent(file)
  return isDeepStrictEqual(cached?.key, keyOf(cache, source)) ? cached?.config : undefined
}

/** Caches a valid config. If that fails, the next run reads and checks it again. */
export function writeCached(cache: Cache, source: ConfigText, config: Config): void {
  const file = fileOf(cache, source)
  if (file === undefined || mayHoldSecret(config)) return
  const text = JSON.stringify({ key: keyOf(cache, source), config } satisfies Cached)
  if (!isDeepStrictEqual(JSON.parse(text).config, config)) return
  const fresh = `${file}.new`
  const failure = catchSystemError(() => {
    mkdirSync(cache.folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, text, { flag: 'wx', mode: 0o600 })
    renameSync(fresh, file)
  })
  // Another run is writing it, or was killed while doing so.
  if (failure?.code === 'EEXIST' && failure.path === fresh)
    catchSystemError(() => rmSync(fresh, { force: true }))
}

function catchSystemError(action: () => void): NodeJS.ErrnoException | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (isSystemError(error)) return error
    throw error
  }
}

function fileOf({ folder }: Cache, { path }: ConfigText): string | undefined {
  const name = encodeURIComponent(resolve(path))
  return name.length > MAX_NAME_BYTES ? undefined : join(folder, `${name}.json`)
}

/** Paths are relative to the config, and the state folder depends on these variables. */
function keyOf({ program }: Cache, { path, text, env }: ConfigText): unknown {
  const { KEYROTA_STATE, XDG_STATE_HOME = '', HOME = '' } = env
  const state = KEYROTA_STATE ? resolve(KEYROTA_STATE) : ''
  return {
    program,
    file: resolve(path),
    state,
    XDG_STATE_HOME,
    HOME,
    text: createHash('sha256').update(text).digest('hex'),
  }
}

/** Whether something that is no name stands where the name of a secret belongs. */
function mayHoldSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const entries = Object.entries(value)
  const [[word, name] = ['', null]] = entries
  const isSource = entries.length === 1 && ['env', 'file', 'credential'].includes(word)
  if (isSource && typeof name === 'string') return !isRepeatableSource({ [word]: name } as { env: string })
  return entries.some(([, inner]) => mayHoldSecret(inner))
}

/** The content of the file, if only this user can write it. */
function readFileContent(file: string): Cached | undefined {
  let opened: number | undefined
  try {
    opened = openSync(file, 'r')
    const { uid, mode } = fstatSync(opened)
    const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
    return isOurs ? JSON.parse(readFileSync(opened, 'utf8')) : undefined
  } catch (error) {
    if (isSystemError(error) || error instanceof SyntaxError) return undefined
    throw error
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
