import type { ProviderSetting } from '../../contracts/config.ts'
import type { OptionsModule, ProviderKind, ProviderList } from '../../contracts/provider-entry.ts'
import { listValues } from '../schema/issue-words.ts'
import { type Finding, judge } from '../schema/judge.ts'
import type { SoundConfig } from '../schema/salvage.ts'
import type { RawSetting } from '../schema/schema.ts'
import { suggestName } from '../schema/suggest.ts'
import type { Path } from '../text/path.ts'
import { readRateLimits } from './read-rate-limits.ts'
import { resolvePaths } from './resolve-paths.ts'

export interface ReadSettings {
  issuers: Record<string, ProviderSetting>
  stores: Record<string, ProviderSetting>
  consumers: Record<string, ProviderSetting>
  notifiers: Record<string, ProviderSetting>
  meters: Record<string, ProviderSetting>
  receivers: Record<string, ProviderSetting>
  journal: ProviderSetting | undefined
  /** The rules for addresses that each store's provider exports, by the name of the store. */
  addressRules: Map<string, OptionsModule>
  /** What the provider of each notifier exports, by the name of the notifier. */
  notifierModules: Map<string, OptionsModule>
  findings: Finding[]
}

interface Read {
  setting: ProviderSetting
  module: OptionsModule
}

/**
 * Checks what the config says of its providers, each by the provider's own schema. Only the options of providers
 * that the config names are imported; no adapter is.
 */
export async function readSettings(
  raw: SoundConfig,
  providers: ProviderList,
  configFolder: string,
): Promise<ReadSettings> {
  const findings: Finding[] = []
  const addressRules = new Map<string, OptionsModule>()
  const notifierModules = new Map<string, OptionsModule>()
  async function readSection(
    section: 'issuers' | 'stores' | 'consumers' | 'notifiers' | 'meters' | 'receivers',
  ) {
    const settings: Record<string, ProviderSetting> = {}
    for (const [name, entry] of Object.entries(raw[section])) {
      const read = await readSetting({ providers, configFolder }, section, entry, {
        path: [section, name],
        findings,
      })
      if (read) settings[name] = read.setting
      if (read && section === 'stores') addressRules.set(name, read.module)
      if (read && section === 'notifiers') notifierModules.set(name, read.module)
    }
    return settings
  }
  return {
    issuers: await readSection('issuers'),
    stores: await readSection('stores'),
    consumers: await readSection('consumers'),
    notifiers: await readSection('notifiers'),
    meters: await readSection('meters'),
    receivers: await readSection('receivers'),
    journal:
      raw.journal &&
      (
        await readSetting({ providers, configFolder }, 'journals', raw.journal, {
          path: ['journal'],
          findings,
        })
      )?.setting,
    addressRules,
    notifierModules,
    findings,
  }
}

async function readSetting(
  { providers, configFolder }: { providers: ProviderList; configFolder: string },
  kind: ProviderKind,
  raw: RawSetting,
  { path, findings }: { path: Path; findings: Finding[] },
): Promise<Read | undefined> {
  const { type, ...more } = raw
  const entry = Object.hasOwn(providers[kind], type) ? providers[kind][type] : undefined
  if (entry === undefined) {
    const known = Object.keys(providers[kind])
    findings.push({
      path: [...path, 'type'],
      message: `no ${kind.slice(0, -1)} of this type exists`,
      expected: listValues(known),
      suggestion: suggestName(type, known),
    })
    return undefined
  }
  const module = await entry.options()
  const isCounted = kind === 'issuers' || kind === 'stores'
  const { rateLimits: limits, ...rest } = more
  const judged = judge(module.options, isCounted ? rest : more, path)
  if (!judged.isRight) {
    findings.push(...judged.findings)
    return undefined
  }
  const options = resolvePaths(module.options, judged.value, configFolder)
  if (!isCounted) return { setting: { type, options }, module }
  const about = { kind, name: String(path.at(-1)), module, options } as const
  const read = readRateLimits(limits, about, [...path, 'rateLimits'])
  findings.push(...read.findings)
  const { rateLimits } = read
  return { setting: { type, options, ...(rateLimits ? { rateLimits } : {}) }, module }
}
