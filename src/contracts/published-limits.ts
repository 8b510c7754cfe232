/** The limits of a provider: what its options module says, or two classes of which nothing is published. */
import type { CallCost, PublishedLimits } from './budget.ts'
import type { OptionsModule } from './provider-entry.ts'

type Counted = 'issuers' | 'stores'

/** Verbs by kind; those of consumers are not counted. `check` is also one of consumers, which have other names. */
const VERBS: Readonly<Record<Counted, Readonly<Record<string, string>>>> = {
  stores: { read: 'reads', check: 'reads', write: 'writes', retire: 'writes' },
  issuers: {
    probe: 'probes',
    issue: 'keys',
    find: 'keys',
    list: 'keys',
    identify: 'keys',
    'read-back': 'keys',
    revoke: 'keys',
    disable: 'keys',
    enable: 'keys',
    'end-overlap': 'keys',
  },
}

/** Whose verb this is; null for one that is not counted. */
export function kindOfVerb(verb: string): Counted | null {
  if (verb in VERBS.stores) return 'stores'
  return verb in VERBS.issuers ? 'issuers' : null
}

export function publishedLimitsOf(about: {
  kind: Counted
  name: string
  module: OptionsModule
  options: unknown
}): PublishedLimits {
  const { kind, name, module, options } = about
  return module.publishedLimits?.(options as never) ?? defaultLimits(kind, name)
}

function defaultLimits(kind: Counted, name: string): PublishedLimits {
  const names = [...new Set(Object.values(VERBS[kind]))]
  return {
    account: `${kind.slice(0, -1)} ${name}`,
    classes: Object.fromEntries(names.map((one) => [one, null])),
    costs: (verb) => defaultCosts(kind, verb),
  }
}

function defaultCosts(kind: Counted, verb: string): readonly CallCost[] {
  const name = VERBS[kind][verb]
  return name === undefined ? [] : [{ class: name, calls: 1 }]
}
