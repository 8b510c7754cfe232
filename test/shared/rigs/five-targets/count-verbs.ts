import type { Context } from '../../../../src/service/context.ts'

/** How often the engine asked each verb of each store; a read of `current` apart from one of a version. */
export type VerbCounts = Record<string, Record<string, number>>

/** The same process, in which the verbs asked of its stores are counted. */
export function countVerbs(context: Context): { context: Context; counts: VerbCounts } {
  const counts: VerbCounts = {}
  const count = (store: string, verb: string) => {
    counts[store] ??= {}
    counts[store][verb] = (counts[store][verb] ?? 0) + 1
  }
  const providers: Context['providers'] = {
    ...context.providers,
    store: async (name) => {
      const store = await context.providers.store(name)
      return {
        traits: store.traits,
        check: (...args) => {
          count(name, 'check')
          return store.check(...args)
        },
        read: (address, version, call) => {
          count(name, version === 'current' ? 'read' : 'readVersion')
          return store.read(address, version, call)
        },
        write: (...args) => {
          count(name, 'write')
          return store.write(...args)
        },
        retire: (...args) => {
          count(name, 'retire')
          return store.retire(...args)
        },
      }
    },
  }
  return { context: { ...context, providers }, counts }
}
