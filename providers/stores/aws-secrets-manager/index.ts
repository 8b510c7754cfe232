import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore, StoredKey } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import {
  checkParts,
  checkSize,
  isSameMaterial,
  readParts,
  refuseText,
  replaceParts,
  type TextSubject,
} from '../../shared/store/secret-text.ts'
import { checkSecret } from './check.ts'
import { type AwsClient, makeClient } from './client.ts'
import { isUsableMark, markOf, versionIdOf } from './history.ts'
import { checkAddress, type Options } from './options.ts'

/** AWS Secrets Manager quotas: "Secret size". */
const maxBytes = 65_536

/** What one verb works on. */
interface Place extends TextSubject {
  client: AwsClient
  address: SecretAddress
  call: Call
}

/** A store in AWS Secrets Manager; credentials come from the SDK's default chain. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const client = makeClient(options, context.name)

  function placeOf(address: SecretAddress, call: Call): Place {
    const place = { client, address, call, provider: context.name, secret: address.secret }
    const [problem] = checkAddress(address)
    if (problem !== undefined) throw refuseText(place, problem, 'Correct the target in the config.')
    return place
  }

  return {
    traits: { readable: true, compareAndSet: true, settleMs: parseDurationMs(options.settle) },
    check: async (address, call) => checkSecret(placeOf(address, call), options),
    read: async (address, version, call) => readKey(placeOf(address, call), version),
    write: async (address, material, intent, call) => {
      const place = placeOf(address, call)
      checkParts(address, material, place)
      if (!isUsableMark(intent.mark)) {
        throw refuseText(place, 'the mark does not fit into a version id', 'Shorten the installation id.')
      }
      return { version: await writeKey(place, material, intent) }
    },
    retire: async (address, version, call) => retireVersion(placeOf(address, call), version),
    close: async () => client.close(),
  }
}

/** The secret's text in one version; `undefined` only for `current`: the secret has no version yet. */
async function readText(
  place: Place,
  version: string | 'current',
): Promise<{ id: string; text: string } | undefined> {
  const { client, secret, call } = place
  const which = version === 'current' ? { VersionStage: 'AWSCURRENT' } : { VersionId: version }
  const answer = await client.getValue(secret, which, call).catch((thrown: unknown) => {
    if (thrown instanceof ProviderError && thrown.code === 'not_found') return undefined
    throw thrown
  })
  if (answer === undefined) {
    await tellMissing(place, version)
    return undefined
  }
  if (answer.SecretString === undefined || answer.VersionId === undefined) {
    throw refuseText(place, 'it holds binary data', 'Keep the key in a secret with text.')
  }
  return { id: answer.VersionId, text: answer.SecretString }
}

/** One error code stands for an absent secret, an absent version and a secret without any; DescribeSecret knows. */
async function tellMissing(place: Place, version: string | 'current'): Promise<void> {
  const { client, secret, call } = place
  const description = await client.describe(secret, call).catch((thrown: unknown) => {
    if (thrown instanceof ProviderError && thrown.code === 'not_found') return undefined
    throw thrown
  })
  if (description === undefined) throw missingError(place, 'secret', 'it does not exist')
  if (description.DeletedDate !== undefined) {
    throw refuseText(place, 'it is scheduled for deletion', 'Restore the secret, or name another one.')
  }
  if (version !== 'current') throw missingError(place, 'version', `it has no version ${version}`)
}

async function readKey(place: Place, version: string | 'current'): Promise<StoredKey> {
  const held = await readText(place, version)
  if (held === undefined) throw missingError(place, 'field', 'it has no value yet')
  const { material, absent } = readParts(held.text, place.address, place)
  if (absent.length > 0) throw missingError(place, 'field', `it has no field ${absent.join(', ')}`)
  const mark = markOf(held.id)
  return { version: held.id, material, ...(mark === undefined ? {} : { mark }) }
}

/**
 * Three requests: what is current, the new version as AWSPENDING, then AWSCURRENT moved from the version read to the
 * new one, which the service refuses when it is attached to any other by then.
 */
async function writeKey(
  place: Place,
  material: Material,
  intent: { mark: string; replaces: string | 'absent' },
): Promise<string> {
  const { client, address, secret, call } = place
  const id = versionIdOf(address, intent)
  const held = await readText(place, 'current')
  const now = held === undefined ? undefined : readParts(held.text, address, place)
  // By the mark and not by the id: a repeat may name another version to be replaced, e.g. the one that it made.
  if (held !== undefined && markOf(held.id) === intent.mark) {
    if (isSameMaterial(now?.material ?? {}, material)) return held.id
    throw conflictError(place, 'a write with this mark made another value')
  }
  const isAbsent = Object.keys(now?.material ?? {}).length === 0
  if (intent.replaces === 'absent' ? !isAbsent : isAbsent || held?.id !== intent.replaces) {
    throw conflictError(
      place,
      `it no longer is what the write replaces, but has version ${held?.id ?? '(none)'}`,
    )
  }
  const text = replaceParts(held?.text, address, material, place)
  checkSize(text, maxBytes, place)
  const made = await client.put(secret, id, text, 'AWSPENDING', call)
  if (made.VersionStages?.includes('AWSCURRENT')) return id
  await promote(place, id, held?.id)
  return id
}

/**
 * The compare-and-set: AWSCURRENT moves only while it is still attached to `from`, or to no version when there is no
 * `from`. A second put with the label would do nothing: the service ignores a repeat of a token with its text.
 */
async function promote(place: Place, id: string, from: string | undefined): Promise<void> {
  try {
    await place.client.moveStage(place.secret, 'AWSCURRENT', { from, to: id }, place.call)
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.code !== 'invalid') throw thrown
    const lost = from === undefined ? 'another version came first' : `version ${from} is no longer current`
    throw conflictError(place, lost)
  }
}

/**
 * Takes every staging label from the version. The service keeps it without showing it in lists and deletes it when
 * a secret has more than 100 versions.
 */
async function retireVersion(place: Place, version: string): Promise<'unlisted'> {
  const { client, secret, call } = place
  const description = await client.describe(secret, call)
  const labels = description.VersionIdsToStages?.[version] ?? []
  if (labels.includes('AWSCURRENT')) throw conflictError(place, `version ${version} is the current one`)
  for (const label of labels) await client.moveStage(secret, label, { from: version }, call)
  return 'unlisted'
}

function missingError(place: Place, missing: 'secret' | 'field' | 'version', why: string): ProviderError {
  return new ProviderError({
    code: 'not_found',
    provider: place.provider,
    message: `secret ${place.secret}: ${why}`,
    effect: 'none',
    missing,
    nextStep:
      missing === 'secret'
        ? 'Check the name, the account and the region; Keyrota makes no secrets.'
        : 'Look at the secret: it does not hold what the journal or the config names.',
  })
}

/** AWSCURRENT was not moved by this write. */
function conflictError(place: Place, why: string): ProviderError {
  return new ProviderError({
    code: 'conflict',
    provider: place.provider,
    message: `secret ${place.secret}: ${why}`,
    effect: 'none',
    nextStep: 'Read the secret again and see who changed it.',
  })
}
