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
import type { Environment } from '../state-folder/places.ts'

/*
 * Reading YAML and judging it costs more than all else that a short command does, and a config hardly ever changes.
 * So what was judged sound is kept as JSON beside the compiled code, in the user's cache folder, and taken as long as
 * the text and everything else that the judgement depends on are the same. It holds what the config says, no secret.
 */

/** Names of files may have 255 bytes; this leaves room for the endings. */
const MAX_NAME_BYTES = 240

/** A config's text with all that its judgement depends on beside the program. */
export interface JudgedText {
  path: string
  text: string
  env: Environment
}

/** Where configs are kept, and which program judges them: another one may judge otherwise. */
export interface Keeping {
  folder: string
  program: string
}

interface Kept {
  basis: unknown
  config: Config
}

/**
 * The keeping of a built program, which is told from another by its own file; every installation writes that anew.
 * Run from its sources, where any file may change, and for a user without a cache folder, nothing is kept.
 */
export function findKeeping(env: Environment, programFile: string): Keeping | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = env
  const base = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
  if (!base || !isAbsolute(base) || programFile.endsWith('.ts')) return undefined
  const { ino, size, ctimeMs } = statSync(programFile)
  return {
    folder: join(base, 'keyrota', 'configs'),
    program: `${process.version} ${ino} ${size} ${ctimeMs}`,
  }
}

/** The config that an earlier run made of the same text; undefined: it has to be judged. */
export function takeKept(keeping: Keeping, judged: JudgedText): Config | undefined {
  const file = fileOf(keeping, judged)
  const kept = file === undefined ? undefined : readKept(file)
  return isDeepStrictEqual(kept?.basis, basisOf(keeping, judged)) ? kept?.config : undefined
}

/** Keeps a config that was judged sound. Where that cannot be done, the next run judges it again. */
export function keepConfig(keeping: Keeping, judged: JudgedText, config: Config): void {
  const file = fileOf(keeping, judged)
  if (file === undefined) return
  const text = JSON.stringify({ basis: basisOf(keeping, judged), config } satisfies Kept)
  if (!isDeepStrictEqual(JSON.parse(text).config, config)) return
  const fresh = `${file}.new`
  const failure = tellFailure(() => {
    mkdirSync(keeping.folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, text, { flag: 'wx', mode: 0o600 })
    renameSync(fresh, file)
  })
  // Another run writes it now, or was killed while it did.
  if (failure?.code === 'EEXIST' && failure.path === fresh) tellFailure(() => rmSync(fresh, { force: true }))
}

function tellFailure(action: () => void): NodeJS.ErrnoException | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (isSystemError(error)) return error
    throw error
  }
}

function fileOf({ folder }: Keeping, { path }: JudgedText): string | undefined {
  const name = encodeURIComponent(resolve(path))
  return name.length > MAX_NAME_BYTES ? undefined : join(folder, `${name}.json`)
}

/** Paths are told from the config's folder, and the state's place from these variables. */
function basisOf({ program }: Keeping, { path, text, env }: JudgedText): unknown {
  const { KEYROTA_STATE, XDG_STATE_HOME = '', HOME = '' } = env
  const state = KEYROTA_STATE ? resolve(KEYROTA_STATE) : ''
  return { program, file: resolve(path), state, XDG_STATE_HOME, HOME, text }
}

/** What is in the file, if it is ours alone to write. */
function readKept(file: string): Kept | undefined {
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
