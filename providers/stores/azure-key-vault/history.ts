import type { SecretProperties } from '@azure/keyvault-secrets'

/** Tags of a version that Keyrota made: the mark of the write, and the version that was the latest before it. */
export const MARK_TAG = 'keyrota-mark'
export const REPLACES_TAG = 'keyrota-replaces'

/** Whether this can be a version. An empty one would mean the latest. */
export function isVersionId(version: string): boolean {
  return /^[0-9a-fA-F]{32}$/.test(version)
}

/**
 * The version that somebody else set between our look and our own version, or after it; undefined when there is none.
 * The service reports times in whole seconds and lists versions in no order, so versions of the same second as the one
 * we looked at are told apart by our tags: what one of our versions replaced is older than that. A version of that
 * second which no tag explains counts as a race, since it may be one.
 */
export function findRace(
  versions: readonly SecretProperties[],
  before: SecretProperties,
  made: string,
): string | undefined {
  const since = secondsOf(before)
  const suspects = versions.filter(
    (one) => one.version !== before.version && one.version !== made && secondsOf(one) >= since,
  )
  const older = findOlder(versions, before, suspects)
  return suspects.find((one) => secondsOf(one) > since || !older.has(one.version ?? ''))?.version
}

/** Versions that our tags show to be older than `before`. */
function findOlder(
  versions: readonly SecretProperties[],
  before: SecretProperties,
  suspects: readonly SecretProperties[],
): Set<string> {
  const byId = new Map(versions.map((one) => [one.version ?? '', one]))
  const older = new Set<string>()
  const addAncestors = (from: SecretProperties | undefined) => {
    for (
      let id = from?.tags?.[REPLACES_TAG];
      id !== undefined && !older.has(id);
      id = byId.get(id)?.tags?.[REPLACES_TAG]
    )
      older.add(id)
  }
  addAncestors(before)
  for (const one of suspects) {
    // Somebody who copies all tags to a new version copies ours: the mark then occurs twice.
    const isCopy = one.tags?.[MARK_TAG] === before.tags?.[MARK_TAG]
    const replaced = one.tags?.[REPLACES_TAG]
    if (replaced === undefined || replaced === before.version || isCopy) continue
    if (one.version !== undefined) older.add(one.version)
    addAncestors(one)
  }
  return older
}

function secondsOf(version: SecretProperties): number {
  return Math.floor((version.createdOn?.getTime() ?? 0) / 1000)
}
