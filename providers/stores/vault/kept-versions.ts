import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { type Engine, encodePath, fail, fetchVersion, pathOf } from './engine.ts'

/** What servers keep when neither the mount nor the secret says. */
const defaultMaxVersions = 10

/**
 * Looks whether the server keeps a value that was replaced: the larger one of the mount's and the secret's
 * `max_versions` holds, 0 being none. The printed policy does not grant to read them, since that is needed for nothing
 * else; then the version before the current one tells, which is only gone where one version is kept.
 * @throws ProviderError `invalid` when it is known that only one version is kept. @returns what is suspected.
 */
export async function checkKeptVersions(
  engine: Engine,
  about: { secret: string; current: number; mayRead: (path: string) => boolean },
  call: Call,
): Promise<string[]> {
  const paths = settingPaths(engine, about.secret)
  const limits: number[] = []
  for (const path of paths) if (about.mayRead(path)) limits.push(await readMaxVersions(engine, path, call))
  const most = Math.max(0, ...limits)
  if (most > 1) return []
  if (limits.length === paths.length) {
    if ((most || defaultMaxVersions) > 1) return []
    throw fail(engine, {
      code: 'invalid',
      message: `${pathOf(engine, 'data', about.secret)} keeps one version only, so the value that a rotation replaces would be gone at once`,
      nextStep: 'Set `max_versions` of the secret or of its mount to 10, or to 2 at least.',
    })
  }
  if (about.current === 1 || (await isKept(engine, about.secret, about.current - 1, call))) return []
  return [
    `version ${about.current - 1} is gone: unless \`max_versions\` was raised since, one version only is kept, and no rotation could return to the replaced value`,
  ]
}

/** The paths that hold `max_versions`: of the secret, and of the mount. */
export function settingPaths(engine: Engine, secret: string): [string, string] {
  return [pathOf(engine, 'metadata', secret), `${engine.mount}/config`]
}

async function readMaxVersions(engine: Engine, path: string, call: Call): Promise<number> {
  const answer = await engine.session.send({ path: encodePath(path) }, call)
  const most = (answer as { data?: { max_versions?: unknown } } | undefined)?.data?.max_versions
  return typeof most === 'number' ? most : 0
}

async function isKept(engine: Engine, secret: string, version: number, call: Call): Promise<boolean> {
  try {
    await fetchVersion(engine, secret, String(version), call)
    return true
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'not_found') return false
    throw error
  }
}
