import type { KeyConfig } from '../../contracts/config.ts'
import type { Finding } from '../schema/judge.ts'
import type { SoundConfig } from '../schema/salvage.ts'
import type { RawKey, RawPolicy } from '../schema/schema.ts'
import { type Path, valueAt } from '../text/path.ts'
import { blame } from './blame.ts'
import { checkPolicy } from './check-policy.ts'
import { checkReferences, type Declared } from './check-references.ts'
import { checkSameSecret } from './check-same-secret.ts'
import { checkLifecycles, checkSharedFields, checkSpellings } from './check-shared-fields.ts'
import { checkMeterNames, checkUsage } from './check-usage.ts'
import type { ReadSettings } from './read-settings.ts'
import { type MergedPolicy, mergePolicy, resolveKey, type SecretFolders } from './resolve-key.ts'
import { checkWindow, makeGapFinder } from './window.ts'

/** Checks everything about keys that the schema alone cannot. `data` is the config as written. */
export function checkKeys(
  raw: SoundConfig,
  data: unknown,
  settings: ReadSettings,
  folders: SecretFolders,
): Finding[] {
  const policies = new Map<string, MergedPolicy>()
  const findGapMs = makeGapFinder()
  const declared = listDeclared(data)
  const stores = { rules: settings.addressRules, folders }
  const findings: Finding[] = [...checkMeterNames(declared.meters)]
  for (const [name, key] of Object.entries(raw.keys)) {
    const path: Path = ['keys', name]
    const merged = mergePolicy(key, raw.defaults)
    policies.set(name, merged)
    const wrongWindow = merged.window && checkWindow(merged.window)
    const longestGapMs = merged.window && !wrongWindow ? findGapMs(merged.window) : undefined
    if (wrongWindow) {
      const { at, ...said } = wrongWindow
      findings.push({ ...said, path: [...blame(data, path, 'window'), at] })
    }
    for (const { field, ...said } of checkPolicy(merged, longestGapMs))
      findings.push({ ...said, path: blame(data, path, field) })
    findings.push(...checkReferences(path, key, declared, stores))
    findings.push(...checkUsage(merged.usage, blame(data, path, 'usage'), declared.meters))
  }
  findings.push(...checkSharedFields(raw.keys, settings, folders), ...checkSpellings(raw.keys))
  findings.push(...checkSameSecret(raw.keys, settings, folders))
  findings.push(...checkLifecycles(raw.keys, policies, settings.issuers))
  return findings
}

/** The keys of a valid config. */
export function resolveKeys(
  raw: { keys: Readonly<Record<string, RawKey>>; defaults: RawPolicy },
  folders: SecretFolders,
): Record<string, KeyConfig> {
  const findGapMs = makeGapFinder()
  const keys = Object.entries(raw.keys).map(([name, key]) => {
    const merged = mergePolicy(key, raw.defaults)
    const longestGapMs = merged.window && findGapMs(merged.window)
    return [name, resolveKey(name, key, merged, { folders, longestGapMs })]
  })
  return Object.fromEntries(keys)
}

function listDeclared(data: unknown): Declared {
  return {
    issuers: Object.keys(valueAt(data, ['issuers']) ?? {}),
    stores: Object.keys(valueAt(data, ['stores']) ?? {}),
    consumers: Object.keys(valueAt(data, ['consumers']) ?? {}),
    meters: Object.keys(valueAt(data, ['meters']) ?? {}),
  }
}
