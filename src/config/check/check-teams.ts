import type { ProviderSetting } from '../../contracts/config.ts'
import { listValues } from '../schema/issue-words.ts'
import type { Finding } from '../schema/judge.ts'
import type { SoundConfig } from '../schema/salvage.ts'
import type { Path } from '../text/path.ts'
import { checkName } from './check-references.ts'
import type { ReadSettings } from './read-settings.ts'

const STORE_TYPE = 'kubernetes-secret'
const JOURNAL_TYPE = 'kubernetes'

/** Checks what the config opens to teams: names of this config only, and stores in the cluster of their objects. */
export function checkTeams(
  { kubernetes, issuers, stores, journal }: SoundConfig,
  settings: Pick<ReadSettings, 'stores' | 'journal'>,
): Finding[] {
  const teams = kubernetes?.teams ?? []
  if (teams.length === 0) return []
  const findings: Finding[] = []
  if (journal !== undefined && journal.type !== JOURNAL_TYPE)
    findings.push({
      path: ['kubernetes', 'teams'],
      atName: true,
      message: 'needs the journal in the cluster, whose objects the teams write',
      expected: `\`journal: { type: ${JOURNAL_TYPE}, namespaces: all }\``,
    })
  const { namespaces }: { namespaces?: unknown } = Object(settings.journal?.options)
  if (settings.journal?.type === JOURNAL_TYPE && namespaces !== 'all')
    findings.push({
      path: ['journal'],
      atName: true,
      message: 'sees the objects of its own namespace only, and `kubernetes.teams` opens others',
      expected: `\`journal: { type: ${JOURNAL_TYPE}, namespaces: all }\``,
    })
  for (const [at, team] of teams.entries()) {
    const path: Path = ['kubernetes', 'teams', at]
    for (const [index, issuer] of team.issuers.entries())
      findings.push(...checkName([...path, 'issuers', index], issuer, 'issuer', Object.keys(issuers)))
    for (const [index, store] of team.stores.entries()) {
      const place = [...path, 'stores', index]
      findings.push(...checkName(place, store, 'store', Object.keys(stores)))
      const setting = settings.stores[store]
      if (setting) findings.push(...checkStore(place, setting, settings))
    }
  }
  return findings
}

/** The Secrets of a namespace are those of the cluster in which the namespace is. */
function checkStore(
  path: Path,
  setting: ProviderSetting,
  { stores, journal }: Pick<ReadSettings, 'stores' | 'journal'>,
): Finding[] {
  if (setting.type !== STORE_TYPE) {
    const fit = Object.keys(stores).filter((name) => stores[name]?.type === STORE_TYPE)
    const expected = fit.length > 0 ? listValues(fit) : `a store of type \`${STORE_TYPE}\`, and there is none`
    return [{ path, message: `is a store of type \`${setting.type}\``, expected }]
  }
  if (journal?.type !== JOURNAL_TYPE || clusterOf(setting) === clusterOf(journal)) return []
  return [
    {
      path,
      message: 'may be in another cluster than the journal',
      expected: 'a store with the `kubeconfig` and `context` of the journal',
    },
  ]
}

/** Two settings with the same text reach the same cluster by the same sign-in. */
export function clusterOf({ options }: ProviderSetting): string {
  const { kubeconfig, context }: { kubeconfig?: unknown; context?: unknown } = Object(options)
  return JSON.stringify([kubeconfig ?? null, context ?? null])
}
