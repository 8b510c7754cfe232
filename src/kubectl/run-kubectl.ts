/**
 * `kubectl keyrota`: the commands of Keyrota against the config of a release in the cluster, through the API server alone
 * and by the rights of the person. What needs the rights of Keyrota is asked for by an annotation.
 */
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Command } from 'commander'
import type { Clock } from '../contracts/clock.ts'
import { ServiceError } from '../contracts/errors.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { type Ask, asks } from './asks.ts'
import { liftOptions, type PlaceOptions } from './lift-options.ts'
import { localize } from './local-config.ts'

/** What it needs of the rest of the program; `compose/kubectl.ts` provides it. */
export interface Reach {
  clock: Clock
  open(signIn: { kubeconfig: string; context?: string; namespace: string }): Promise<Person>
  /** Runs a command of Keyrota, such as `status`, with its arguments; commands that it prints begin with `through`. */
  run(args: readonly string[], through: string): Promise<void>
}

interface Place {
  namespace: string
  name: string
}

interface Person {
  readConfig(at: Place): Promise<string | undefined>
  annotate(at: Place, annotations: Readonly<Record<string, string>>): Promise<void>
  answerTo(at: Place, annotation: string): Promise<{ isTaken: boolean; text: string } | null>
  close(): void
}

interface Options extends PlaceOptions {
  wait: string
}

/** Run on the person's machine: they look, or handle a value that only the person may see. */
const OWN = ['status', 'explain', 'plan', 'check', 'whois', 'supply', 'permissions']
const POLL_MS = 1_000
const NAME = 'kubectl keyrota'
const DEFAULT_PLACE = 'keyrota'

export function makeKubectl(reach: Reach): Command {
  const program = new Command(NAME)
    .description('Keyrota in a cluster, by your own rights')
    .argument('<command>', [...OWN, ...Object.keys(asks)].join(', '))
    .argument('[args...]', 'as of the command of keyrota')
    .option('-n, --namespace <name>', 'namespace of the release', DEFAULT_PLACE)
    .option('--release <name>', 'name of the release', DEFAULT_PLACE)
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'context of the kubeconfig; default: its current one')
    .option('--wait <seconds>', 'how long to wait for the answer to what is asked for', '20')
    .passThroughOptions()
    .addHelpText('after', HELP)
  return program.action(async (verb: string, words: string[], before: Options) => {
    const { lifted, rest: args } = liftOptions(verb, words)
    const options = { ...before, ...lifted }
    const make = Object.hasOwn(asks, verb) ? asks[verb] : undefined
    if (make) return await askFor(reach, options, await parseAsk(make, args))
    if (!OWN.includes(verb)) program.error(`error: unknown command '${verb}'`)
    const isHelp = args.some((arg) => arg === '--help' || arg === '-h')
    await (isHelp ? reach.run([verb, ...args], NAME) : runOwn(reach, options, [verb, ...args]))
  })
}

const HELP = `
status, explain and plan read managedkeys, and the ConfigMaps in the namespace of the release. rotate, rollback, resume, pause and unpause
patch one ManagedKey, and Keyrota does the rest. supply works on this machine: the value goes from the prompt into the
Secret and the probe alone, which takes get and patch on that Secret and patch on managedkeys and their status.

These options stand before the command or behind it; permissions has a --namespace of its own, and --wait stands before.

Examples:
  kubectl keyrota status
  kubectl keyrota rotate team-a/renderer --compromised --reason "found in a log"
  kubectl keyrota -n keys supply renderer-prod`

async function parseAsk(make: (asked: (ask: Ask) => void) => Command, args: readonly string[]): Promise<Ask> {
  const found: Ask[] = []
  const command = make((ask) => found.push(ask)).exitOverride()
  await command.parseAsync([...args], { from: 'user' })
  const [ask] = found
  if (!ask) throw new TypeError('a command that was parsed asks for nothing')
  return ask
}

async function askFor(reach: Reach, options: Options, { key, annotations, main }: Ask): Promise<void> {
  const person = await reach.open(signInOf(options))
  try {
    const at = placeOf(key, options.namespace)
    await person.annotate(at, annotations)
    const until = reach.clock.monotonicMs() + Number(options.wait) * 1_000
    for (;;) {
      const answer = await person.answerTo(at, main)
      if (answer) {
        process.stdout.write(`${key}: ${answer.text}\n`)
        process.exitCode = answer.isTaken ? 0 : 4
        return
      }
      if (reach.clock.monotonicMs() >= until) break
      await reach.clock.sleep(POLL_MS)
    }
    process.stdout.write(
      `${key}: asked, and not taken yet. In CronJob mode: kubectl create job -n ${options.namespace} --from=cronjob/${fullName(options.release)} now-$(date +%s)\n`,
    )
  } finally {
    person.close()
  }
}

function placeOf(key: string, own: string): Place {
  const slash = key.indexOf('/')
  return slash < 0
    ? { namespace: own, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

async function runOwn(reach: Reach, options: Options, args: readonly string[]): Promise<void> {
  const signIn = signInOf(options)
  const person = await reach.open(signIn)
  const name = fullName(options.release)
  const text = await person.readConfig({ namespace: options.namespace, name }).finally(() => person.close())
  if (text === undefined)
    throw new ServiceError(
      'refused',
      `the ConfigMap ${options.namespace}/${name} has no keyrota.yaml`,
      'Name the release and its namespace: --release, --namespace.',
    )
  const folder = folderOf([signIn.kubeconfig, signIn.context ?? '', options.namespace, name])
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'keyrota.yaml')
  const fresh = `${file}.${process.pid}`
  await writeFile(fresh, localize(text, { ...signIn, stateFolder: join(folder, 'state') }), { mode: 0o600 })
  await rename(fresh, file)
  await reach.run([...args, '--config', file], describeCall(options))
}

/** One for each release, so that its config is checked once; nothing in it is secret, and it may be deleted. */
function folderOf(release: readonly string[]): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const name = createHash('sha256').update(JSON.stringify(release)).digest('hex').slice(0, 16)
  return join(base, 'keyrota', 'kubectl', name)
}

/** As the chart names what it makes. */
function fullName(release: string): string {
  return release.includes('keyrota') ? release : `${release}-keyrota`
}

/** How this program has to be called again to reach the same release. */
function describeCall({ namespace, release, kubeconfig, context }: Options): string {
  const given = Object.entries({
    '--namespace': namespace === DEFAULT_PLACE ? undefined : namespace,
    '--release': release === DEFAULT_PLACE ? undefined : release,
    '--kubeconfig': kubeconfig,
    '--context': context,
  })
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [name, quoteWord(value)]))
  return [NAME, ...words].join(' ')
}

function signInOf({ kubeconfig, context, namespace }: Options) {
  const paths = (process.env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  if (kubeconfig === undefined && paths.length > 1)
    throw new ServiceError(
      'refused',
      'KUBECONFIG names several files',
      'Name one of them: kubectl keyrota --kubeconfig FILE …',
    )
  const file = kubeconfig ?? paths[0] ?? join(homedir(), '.kube', 'config')
  return { kubeconfig: file, namespace, ...(context === undefined ? {} : { context }) }
}
