/** Checks and resolves who is told what. */
import type { HeartbeatRule, NotifierTraits, NotifyRules } from '../../contracts/config.ts'
import type { OptionsModule } from '../../contracts/provider-entry.ts'
import { secretSource } from '../../contracts/secret-source.ts'
import { listValues } from '../schema/issue-words.ts'
import type { Finding } from '../schema/judge.ts'
import type { RawRoute } from '../schema/notify.ts'
import type { SoundConfig } from '../schema/salvage.ts'
import type { RawNotify } from '../schema/schema.ts'
import { suggestName } from '../schema/suggest.ts'
import { type Path, valueAt } from '../text/path.ts'
import { checkName } from './check-references.ts'
import { resolvePaths } from './resolve-paths.ts'

type Modules = ReadonlyMap<string, OptionsModule>

/** Every notifier and every owner that is named has to be there. */
export function checkNotify(
  { routes, owners }: Pick<SoundConfig, 'routes' | 'owners'>,
  data: unknown,
  modules: Modules,
): Finding[] {
  const declared = Object.keys(valueAt(data, ['notifiers']) ?? {})
  const findings: Finding[] = []
  const check = (path: Path, names: readonly string[]) => {
    for (const [at, name] of names.entries())
      findings.push(...checkNotifier([...path, at], name, declared, modules))
  }
  for (const [at, route] of routes.entries()) if (route) check(['routes', at, 'notify'], route.notify)
  const known = Object.keys(valueAt(data, ['owners']) ?? {})
  for (const [name, { notify, escalateTo }] of Object.entries(owners)) {
    check(['owners', name, 'notify'], notify)
    if (escalateTo === undefined) continue
    const path: Path = ['owners', name, 'escalateTo']
    if (escalateTo === name)
      findings.push({ path, message: 'is the owner itself', expected: 'another owner' })
    else if (!known.includes(escalateTo))
      findings.push({
        path,
        message: 'no owner of this map has this name',
        expected: listValues(known),
        suggestion: suggestName(escalateTo, known),
      })
  }
  return findings
}

function checkNotifier(path: Path, name: string, declared: readonly string[], modules: Modules): Finding[] {
  const unknown = checkName(path, name, 'notifier', declared)
  if (unknown.length > 0 || !modules.get(name)?.isDirect) return unknown
  const expected = 'a notifier of another type; what this one writes is decided by its own `atLeast`'
  return [{ path, message: 'writes every event on this machine and takes no routes', expected }]
}

export function resolveNotify({ routes, owners }: RawNotify, modules: Modules): NotifyRules {
  const routed = new Set([
    ...routes.flatMap(({ notify }) => notify),
    ...Object.values(owners).flatMap(({ notify }) => notify),
  ])
  const notifiers: Record<string, NotifierTraits> = {}
  for (const [name, { isDirect = false, isPager = false }] of modules)
    if (!isDirect) notifiers[name] = { isPager, isRouted: routed.has(name) }
  return { notifiers, routes: routes.map(resolveRoute), owners: dropAbsent(owners) }
}

function resolveRoute({
  owners,
  environments,
  atLeast,
  kinds,
  notify,
}: RawRoute): NotifyRules['routes'][number] {
  return {
    ...(owners ? { owners } : {}),
    ...(environments ? { environments } : {}),
    ...(kinds ? { kinds } : {}),
    atLeast,
    notify,
  }
}

function dropAbsent(owners: RawNotify['owners']): NotifyRules['owners'] {
  const entries = Object.entries(owners).map(([name, { notify, escalateTo }]) => [
    name,
    escalateTo === undefined ? { notify } : { notify, escalateTo },
  ])
  return Object.fromEntries(entries)
}

/** The path of a file that holds the address is relative to the config. */
export function resolveHeartbeat(
  { heartbeat }: RawNotify,
  configFolder: string,
): { heartbeat?: HeartbeatRule } {
  if (!heartbeat) return {}
  const url = resolvePaths(secretSource, heartbeat.url, configFolder) as HeartbeatRule['url']
  return { heartbeat: { url, everyMs: heartbeat.every } }
}
