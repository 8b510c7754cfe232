import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from '../contracts/config.ts'

/**
 * Creates the state folder and its parents, accessible to this user only.
 * @throws ConfigError if it cannot be created
 */
export async function makeStateFolder(config: { file: string; stateFolder: string }): Promise<void> {
  try {
    await makeFolder(config.stateFolder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ConfigError([
      {
        file: config.file,
        line: 1,
        column: 1,
        path: 'stateFolder',
        message: `the folder ${config.stateFolder} cannot be created (${code})`,
        expected: 'a folder that this user can write; KEYROTA_STATE takes precedence over the config',
      },
    ])
  }
}

/** One level at a time: Node's own recursion never ends on a file system that creates no folders, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  const first = await makeOne(path)
  if (first !== 'no-parent') return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  if ((await makeOne(path)) === 'no-parent')
    throw Object.assign(new Error('no such folder'), { code: 'ENOENT' })
}

async function makeOne(path: string): Promise<'there' | 'no-parent'> {
  try {
    await mkdir(path, { mode: 0o700 })
    return 'there'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return 'there'
    if (code === 'EEXIST') throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', cause: error })
    if (code === 'ENOENT') return 'no-parent'
    throw error
  }
}
