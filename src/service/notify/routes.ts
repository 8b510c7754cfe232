/** Whom an event goes to, by the config alone. */
import type { NotifyRules, Route } from '../../contracts/config.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'

/** What the config says of the key that an event is about. */
export interface KeyFacts {
  readonly owner: string
  readonly environment: string
}

const levels: readonly NotifyEvent['level'][] = ['info', 'warning', 'alarm']

export function isAtLeast(level: NotifyEvent['level'], least: NotifyEvent['level']): boolean {
  return levels.indexOf(level) >= levels.indexOf(least)
}

/**
 * The notifiers that an event goes to: those of every route that fits, those of the owner (a pager gets alarms alone),
 * and those that neither a route nor an owner names. An alarm that fits nothing goes to all: a gap in the routes must
 * not hide it. `isEscalated`: a person is late, so that the owner to escalate to is told too.
 */
export function recipientsOf(
  event: Pick<NotifyEvent, 'level' | 'kind'>,
  { notifiers, routes, owners }: NotifyRules,
  { key, isEscalated = false }: { key?: KeyFacts | undefined; isEscalated?: boolean } = {},
): string[] {
  const found = new Set<string>()
  for (const route of routes) if (fits(route, event, key)) for (const name of route.notify) found.add(name)
  const isForOwner = key !== undefined && isAtLeast(event.level, 'warning')
  for (const name of isForOwner ? namesOf(owners, key.owner, isEscalated) : [])
    if (!notifiers[name]?.isPager || event.level === 'alarm') found.add(name)
  for (const [name, { isPager, isRouted }] of Object.entries(notifiers))
    if (!isRouted && isAtLeast(event.level, isPager ? 'alarm' : 'warning')) found.add(name)
  if (found.size === 0 && event.level === 'alarm') return Object.keys(notifiers)
  return [...found].filter((name) => Object.hasOwn(notifiers, name))
}

function fits(
  { owners, environments, atLeast, kinds }: Route,
  event: Pick<NotifyEvent, 'level' | 'kind'>,
  key?: KeyFacts,
): boolean {
  if (!isAtLeast(event.level, atLeast)) return false
  if (owners && (key === undefined || !owners.includes(key.owner))) return false
  if (environments && (key === undefined || !environments.includes(key.environment))) return false
  return kinds === undefined || kinds.some((kind) => isKind(event.kind, kind))
}

function isKind(kind: string, pattern: string): boolean {
  return pattern.endsWith('*') ? kind.startsWith(pattern.slice(0, -1)) : kind === pattern
}

function namesOf(owners: NotifyRules['owners'], owner: string, isEscalated: boolean): readonly string[] {
  const rule = Object.hasOwn(owners, owner) ? owners[owner] : undefined
  if (!rule) return []
  const other = isEscalated && rule.escalateTo !== undefined ? owners[rule.escalateTo] : undefined
  return [...rule.notify, ...(other?.notify ?? [])]
}
