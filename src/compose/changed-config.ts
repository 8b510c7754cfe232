/** A config that is read again while the process runs: whether it can be taken, and what is new in it. */
import { isDeepStrictEqual } from 'node:util'
import { type Config, ConfigError, type KeyConfig } from '../contracts/config.ts'
import type { Reloaded } from '../service/serve/source.ts'
import type { MadeProviders } from './providers.ts'

/** What a config comes to in this process. */
export interface Present {
  config: Config
  keys: ReadonlyMap<string, KeyConfig>
  made: MadeProviders
}

/** The config as the file says it now, or what came of reading it. */
export async function readNext(
  present: Config,
  read: () => Promise<Config>,
): Promise<{ is: 'read'; config: Config } | Exclude<Reloaded, { is: 'taken' }>> {
  try {
    const config = await read()
    if (isDeepStrictEqual(config, present)) return { is: 'same' }
    const fixed = (['installation', 'stateFolder', 'journal'] as const).find(
      (name) => !isDeepStrictEqual(config[name], present[name]),
    )
    if (fixed === undefined) return { is: 'read', config }
    return { is: 'refused', why: `${fixed} has changed, which only a new start of the process takes` }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { is: 'refused', why: describeProblems(error) }
  }
}

/** The first problem in one line, and how many there are. */
function describeProblems({ problems, message }: ConfigError): string {
  const [first, ...more] = problems
  if (!first) return message
  const { file, line, column, path } = first
  const text = `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${first.message}`
  return more.length === 0 ? text : `${text}; and ${more.length} more: keyrota check lists them`
}

export function describeChange(before: Present, after: Present): string {
  const [names, others] = [[...before.keys.keys()], [...after.keys.keys()]]
  const added = others.filter((name) => !before.keys.has(name)).length
  const removed = names.filter((name) => !after.keys.has(name)).length
  const changed = others.filter((name) => {
    const known = before.keys.get(name)
    return known !== undefined && !isDeepStrictEqual(known, after.keys.get(name))
  }).length
  const replaced = before.made.names
  const counts = [
    ...(added > 0 ? [`${added} added`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
  ]
  return [
    counts.length > 0 ? `keys: ${counts.join(', ')}` : 'the same keys',
    ...(replaced.length > 0 ? [`providers replaced: ${replaced.join(', ')}`] : []),
  ].join('; ')
}
