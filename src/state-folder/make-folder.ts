import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from '../contracts/config.ts'

/**
 * Makes the state folder, for this user alone, with the folders it lies in.
 * @throws ConfigError when it cannot be made.
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
        message: `the folder ${config.stateFolder} cannot be made (${code})`,
        expected: 'a folder that this user may write; KEYROTA_STATE goes before the config',
      },
    ])
  }
}

/** One level at a time: Node's own recursion never ends where a file system makes no folders, as /proc does. */
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
