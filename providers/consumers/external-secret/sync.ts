import type { Call } from '../../../src/contracts/call.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import type { ConsumerCheck, Readiness } from '../../../src/contracts/consumer.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ExternalSecret, ExternalSecretApi } from './api.ts'

/*
 * The operator refreshes when an annotation changes. That it did shows only in the Secret: `Ready` says that some
 * refresh went well, maybe the one before.
 * https://external-secrets.io/latest/introduction/faq
 */

/** What the documentation of the operator itself uses. */
const FORCE_SYNC = 'force-sync'
const MARK = 'keyrota.dev/refresh'
const pauseMs = 1_000

export interface SyncSettings {
  readonly provider: string
  readonly clock: Clock
  readonly waitMs: number
}

/**
 * Asks for a refresh, once for a mark, and waits until the Secret holds the key.
 * @throws ProviderError `unavailable` if it does not within the time of one try.
 */
export async function refresh(
  source: ExternalSecretApi,
  { mark, fingerprint }: { mark: string; fingerprint: string },
  call: Call,
  { provider, clock, waitMs }: SyncSettings,
): Promise<void> {
  if ((await source.read(call)).metadata.annotations?.[MARK] !== mark) {
    const annotations = { [FORCE_SYNC]: String(Math.floor(clock.wallMs() / 1000)), [MARK]: mark }
    await source.patch({ metadata: { annotations } }, call)
  }
  // There was no key before the first one, so nothing is waited for on the way back from it.
  if (fingerprint === '') return
  const limit = clock.monotonicMs() + waitMs
  for (;;) {
    const synced = await source.readSynced(call)
    if (isSame(synced.fingerprint, fingerprint)) return
    if (clock.monotonicMs() >= limit) throw failUnsynced(provider, source, synced.fingerprint)
    await clock.sleep(pauseMs, call.signal)
  }
}

/** Null: the Secret holds the key, or nobody says which one that is. */
export async function judgeSync(
  source: ExternalSecretApi,
  fingerprint: string | undefined,
  call: Call,
): Promise<Readiness | null> {
  const synced = await source.readSynced(call)
  if (!fingerprint || isSame(synced.fingerprint, fingerprint)) return null
  return { is: 'progressing', why: describe(source, synced.fingerprint) }
}

export async function checkSync(source: ExternalSecretApi, call: Call): Promise<ConsumerCheck> {
  const seen = await source.read(call)
  await source.patch({}, call, true)
  const { fingerprint, owners } = await source.readSynced(call)
  const { secret, field } = source.about
  const problems = findProblems(source, seen)
  if (fingerprint === undefined)
    problems.push({
      text: `Secret ${secret} has no field ${field}`,
      nextStep: 'Correct `field` of this consumer, or the `secretKey` of the ExternalSecret.',
    })
  const others = owners.filter((kind) => kind !== 'ExternalSecret')
  return {
    problems,
    notes: others.map((kind) => `Secret ${secret} is owned by a ${kind}, which may write it too`),
  }
}

function findProblems(
  { about }: ExternalSecretApi,
  { spec }: ExternalSecret,
): { text: string; nextStep: string }[] {
  const problems: { text: string; nextStep: string }[] = []
  const say = (text: string, nextStep: string) =>
    problems.push({ text: `ExternalSecret ${about.source} ${text}`, nextStep })
  const policy = spec?.refreshPolicy ?? 'Periodic'
  if (policy === 'CreatedOnce')
    say(
      'has the refreshPolicy CreatedOnce, so it never takes a new key',
      'Set `refreshPolicy: OnChange` or `Periodic`.',
    )
  // Releases since 0.10 then refresh nothing, whatever annotation changes.
  if (policy === 'Periodic' && /^-?(0+(\.0+)?(ns|us|µs|ms|s|m|h)?)+$/.test(spec?.refreshInterval ?? '1h'))
    say(
      'has the refreshInterval 0, so it never takes a new key',
      'Set `refreshPolicy: OnChange`, or an interval.',
    )
  const written = spec?.target?.name
  if (written !== undefined && `${about.source.split('/')[0]}/${written}` !== about.secret)
    say(`writes the Secret ${written}`, `Set \`secret: ${written}\` of this consumer.`)
  const pinned = spec?.data?.find(({ secretKey }) => secretKey === about.field)?.remoteRef?.version
  if (pinned !== undefined && !['', 'latest', 'AWSCURRENT'].includes(pinned))
    say(
      `takes ${about.field} from one version only`,
      'Remove `remoteRef.version`, so that it takes the newest one.',
    )
  return problems
}

/** The fingerprint of a key is that of its value, or names each of its parts. */
function isSame(held: string | undefined, wanted: string): boolean {
  return (
    held !== undefined && (held === wanted || wanted.split(',').some((part) => part.endsWith(`:${held}`)))
  )
}

function describe({ about }: ExternalSecretApi, held: string | undefined): string {
  return `Secret ${about.secret} ${held === undefined ? `has no field ${about.field}` : `still holds ${held}`}`
}

function failUnsynced(provider: string, source: ExternalSecretApi, held: string | undefined): ProviderError {
  const [namespace, name] = source.about.source.split('/')
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: `${describe(source, held)} after a refresh of ExternalSecret ${source.about.source} was asked for`,
    // No workload was restarted, and a refresh more does no harm.
    effect: 'none',
    nextStep: `See why it is not refreshed: kubectl describe externalsecret ${name} -n ${namespace}`,
  })
}
