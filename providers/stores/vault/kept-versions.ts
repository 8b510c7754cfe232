import { ProviderError } from '../../../src/contracts/errors.ts'
import { encodePath, fetchVersion, pathOf, type VaultPlace } from './read.ts'

/** What servers keep when neither the mount nor the secret says. */
const defaultMaxVersions = 10

/**
 * Checks whether the server keeps a value that was replaced: the larger of the mount's and the secret's `max_versions`
 * counts, 0 meaning none. The printed policy does not grant reading them, since nothing else needs it; then the version
 * before the current one shows it, which is only gone where one version is kept.
 * @throws ProviderError `invalid` when it is known that only one version is kept. @returns what is suspected.
 */
export async function checkKeptVersions(
  place: VaultPlace,
  about: { current: number; mayRead: (path: string) => boolean },
): Promise<string[]> {
  const paths = settingPaths(place)
  const limits: number[] = []
  for (const path of paths) if (about.mayRead(path)) limits.push(await readMaxVersions(place, path))
  const most = Math.max(0, ...limits)
  if (most > 1) return []
  if (limits.length === paths.length) {
    if ((most || defaultMaxVersions) > 1) return []
    throw place.fail({
      code: 'invalid',
      says: 'keeps only one version, so the value that a rotation replaces would be gone at once',
      nextStep: 'Set `max_versions` of the secret or of its mount to 10, or to 2 at least.',
    })
  }
  if (about.current === 1 || (await isKept(place, about.current - 1))) return []
  return [
    `version ${about.current - 1} is gone: unless \`max_versions\` was raised since, only one version is kept, and no rotation could restore the replaced value`,
  ]
}

/** The paths that hold `max_versions`: of the secret, and of the mount. */
export function settingPaths(place: VaultPlace): [string, string] {
  return [pathOf(place, 'metadata'), `${place.mount}/config`]
}

async function readMaxVersions(place: VaultPlace, path: string): Promise<number> {
  const answer = await place.session.send({ path: encodePath(path) }, place.call)
  const most = (answer as { data?: { max_versions?: unknown } } | undefined)?.data?.max_versions
  return typeof most === 'number' ? most : 0
}

async function isKept(place: VaultPlace, version: number): Promise<boolean> {
  try {
    await fetchVersion(place, String(version))
    return true
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'not_found') return false
    throw error
  }
}
