/** The call budgets of an installation, by what its config and its providers say of limits. */
import { providers as list } from '../../providers/index.ts'
import { type OpenCallBudget, openCallBudget } from '../budget/call-budget.ts'
import type { PublishedLimits, Rate } from '../contracts/budget.ts'
import type { Config, ProviderSetting } from '../contracts/config.ts'
import type { Journal } from '../contracts/journal.ts'
import { kindOfVerb, publishedLimitsOf } from '../contracts/published-limits.ts'
import { machine } from '../machine.ts'

type Limited = Pick<Config, 'issuers' | 'stores'>

/** `present`: the config as it is now. */
export function openBudgets(
  about: { journal: Journal; holder: string; stop: AbortSignal },
  present: () => Limited,
): OpenCallBudget {
  const { journal, holder, stop } = about
  const reading = new LimitsReading()
  return openCallBudget({
    ...{ ...machine, documents: journal.documents, holder, stop },
    limitsOf: (provider, verb) => reading.read(present(), provider, verb),
  })
}

/** Reads each setting once; a changed config has other settings. */
class LimitsReading {
  readonly #known = new WeakMap<Limited, Map<string, Promise<PublishedLimits | null>>>()

  async read(config: Limited, provider: string, verb: string): Promise<PublishedLimits | null> {
    const kind = kindOfVerb(verb)
    if (kind === null) return null
    const known = this.#known.get(config) ?? new Map<string, Promise<PublishedLimits | null>>()
    this.#known.set(config, known)
    const place = `${kind}/${provider}`
    const reading = known.get(place) ?? readLimits(config, kind, provider)
    known.set(place, reading)
    return await reading
  }
}

/** Providers of one account share its budgets: of what they say of a class, the least holds for all of them. */
async function readLimits(
  config: Limited,
  kind: 'issuers' | 'stores',
  provider: string,
): Promise<PublishedLimits | null> {
  const setting = config[kind][provider]
  const own = setting && (await readOne(kind, provider, setting))
  if (!own) return null
  const alike = Object.entries(config[kind]).filter(([, { type }]) => type === setting.type)
  const all = await Promise.all(alike.map(([name, other]) => readOne(kind, name, other)))
  const sharing = all.flatMap((one) => (one?.account === own.account ? [one] : []))
  const classes = Object.keys(own.classes).map(
    (name) => [name, least(sharing.map((one) => one.classes[name] ?? null))] as const,
  )
  return { ...own, classes: Object.fromEntries(classes) }
}

async function readOne(
  kind: 'issuers' | 'stores',
  name: string,
  { type, options, rateLimits }: ProviderSetting,
): Promise<PublishedLimits | null> {
  const module = await list[kind][type]?.options()
  if (!module) return null
  const published = publishedLimitsOf({ kind, name, module, options })
  return { ...published, classes: { ...published.classes, ...rateLimits } }
}

function least(rates: readonly (Rate | null)[]): Rate | null {
  const perMs = ({ calls, perMs: ms }: Rate) => calls / ms
  return rates.reduce(
    (one, other) => (other === null || (one && perMs(one) <= perMs(other)) ? one : other),
    null,
  )
}
