/* The options of `keyrota rotate` for many keys. */

import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { Caps, Order } from '../../fleet/campaign.ts'
import { readNames, type Selection } from '../../fleet/selection.ts'
import { ServiceError } from '../../service/context.ts'
import type { Wish } from '../../service/fleet/start.ts'
import { readStdinBytes } from '../prompts.ts'
import { type CommonOptions, collect } from '../verb.ts'

const MAX_FILE_BYTES = 8 * 1024 * 1024

export interface FleetOptions extends CommonOptions {
  all?: boolean
  issuer?: string
  store?: string
  owner?: string
  environment?: string
  service?: string
  label?: string[]
  seenBy?: string
  fromFile?: string
  compromised?: boolean
  leaked?: 'old' | 'new' | 'both'
  killBy?: number
  reason?: string
  yes?: number
  canary?: string
  waves?: string[]
  atOnce?: number
  maxPerIssuer?: number
  maxPerStore?: number
  maxPerConsumer?: number
  breakGlass?: boolean
  dryRun?: boolean
  detach?: boolean
}

export function addFleetOptions(command: Command): Command {
  return command
    .option('--all', 'every key of the config; the following choose fewer, and several have to fit all')
    .option('--issuer <name>', 'keys of this issuer')
    .option('--store <name>', 'keys with a place in this store')
    .option('--owner <name>', 'keys of this owner')
    .option('--environment <name>', 'keys of this environment')
    .option('--service <name>', 'keys of this service')
    .option('--label <name=value>', 'keys with this label; may be repeated', collect)
    .option('--seen-by <person>', 'keys whose value this person has seen, as `supply` keeps it')
    .option('--from-file <file>', 'keys named in this file, one a line; `-` is stdin')
    .option('--yes <count>', 'many keys: how many are touched, instead of typing it in', parseCount)
    .option(
      '--canary <key>',
      'many keys: which one goes first, alone (default: one with the fewest consumers)',
    )
    .option('--waves <sizes>', 'many keys: how many after each wave, e.g. 1,10,50%,100%', parseWaves)
    .option('--at-once <count>', 'many keys: rotations at the same time', parseCount)
    .option('--max-per-issuer <count>', 'many keys: rotations at the same time of one issuer', parseCount)
    .option('--max-per-store <count>', 'many keys: the same of one store', parseCount)
    .option('--max-per-consumer <count>', 'many keys: the same of one consumer', parseCount)
    .option('--break-glass', 'many keys: do without the limit of `fleet.sharePerHour`')
    .option('--dry-run', 'many keys: show and check everything, change nothing')
    .option('--detach', 'many keys: only write the campaign down; `run` or `serve` does it')
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.')
  return Number(text)
}

function parseWaves(text: string): string[] {
  return text.split(',').map((wave) => wave.trim())
}

/** Options that make no sense for one key alone. */
const ofMany = [
  ...(['all', 'issuer', 'store', 'owner', 'environment', 'service', 'label', 'yes'] as const),
  ...(['seenBy', 'fromFile'] as const),
  ...(['canary', 'waves', 'atOnce', 'maxPerIssuer', 'maxPerStore', 'maxPerConsumer'] as const),
  ...(['breakGlass', 'dryRun', 'detach'] as const),
]

/** The first one that is about many keys, as it is typed. */
export function findFleetOption(options: FleetOptions): string | undefined {
  const found = ofMany.find((name) => options[name] !== undefined)
  return found && `--${found.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** What the options wish. @throws ServiceError `usage` for a file that cannot be read */
export async function readWish(options: FleetOptions): Promise<Wish> {
  const { canary, waves, breakGlass } = options
  return {
    selection: await readSelection(options),
    order: orderOf(options),
    caps: capsOf(options),
    ...(canary === undefined ? {} : { canary }),
    ...(waves === undefined ? {} : { waves }),
    ...(breakGlass ? { isBreakGlass: true } : {}),
  }
}

async function readSelection(options: FleetOptions): Promise<Selection> {
  const { all, issuer, store, owner, environment, service, label, seenBy, fromFile } = options
  return {
    ...(all ? { all } : {}),
    ...(issuer === undefined ? {} : { issuer }),
    ...(store === undefined ? {} : { store }),
    ...(owner === undefined ? {} : { owner }),
    ...(environment === undefined ? {} : { environment }),
    ...(service === undefined ? {} : { service }),
    ...(label ? { labels: label } : {}),
    ...(seenBy === undefined ? {} : { seenBy }),
    ...(fromFile === undefined ? {} : { file: fromFile, names: readNames(await readList(fromFile)) }),
  }
}

async function readList(file: string): Promise<string> {
  if (file === '-') return (await readStdinBytes()).toString('utf8')
  try {
    const bytes = await readFile(file)
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString('utf8')
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    throw new ServiceError('usage', `${file} cannot be read (${code})`, 'Name a file with one key a line.')
  }
  throw new ServiceError('usage', `${file} has more than 8 MiB`, 'Name a file with one key a line.')
}

function orderOf({ compromised, leaked, killBy, reason }: FleetOptions): Order {
  const why = reason === undefined ? {} : { why: reason }
  if (!compromised) return { reason: 'asked', ...why }
  const killAfter = killBy === undefined ? {} : { killAfterMs: killBy }
  return { reason: 'compromised', leaked: leaked ?? 'both', ...killAfter, ...why }
}

function capsOf(options: FleetOptions): Partial<Caps> {
  const { atOnce, maxPerIssuer, maxPerStore, maxPerConsumer } = options
  return {
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(maxPerIssuer === undefined ? {} : { perIssuer: maxPerIssuer }),
    ...(maxPerStore === undefined ? {} : { perStore: maxPerStore }),
    ...(maxPerConsumer === undefined ? {} : { perConsumer: maxPerConsumer }),
  }
}
