/* Issuer `command`: local programs that create, list, revoke and probe keys. They read and print one JSON object. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type {
  ApiIssuer,
  ApiIssuerTraits,
  HeldKey,
  IssueRequest,
  KeyRef,
  ProbeAnswer,
} from '../../../src/contracts/key-issuer.ts'
import { wasSeen } from '../../../src/contracts/listing.ts'
import { refuseSecretInRef, secretParts } from '../../../src/contracts/secret-in-ref.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { pickEnvironment, runCommand } from '../../shared/command/run.ts'
import { tryExactJson } from '../../shared/http/exact-json.ts'
import { MadeForMarks } from '../../shared/issuer/generate.ts'
import { carriesMark, shapeName } from '../../shared/issuer/names.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { isObject } from '../../shared/options/is-object.ts'
import { type Printed, readError, readParts, readRef, readVerdict, toMisfit } from './answers.ts'
import type { Options } from './options.ts'

type Verb = 'create' | 'list' | 'revoke' | 'probe'

/** A list may be long. */
const maxOutputBytes = 4 * 1024 * 1024

/** The programs of one issuer at runtime. */
interface Programs {
  options: Options
  provider: string
  made: MadeForMarks
}

export function make(options: Options, context: ProviderContext): ApiIssuer {
  const programs: Programs = { options, provider: context.name, made: new MadeForMarks() }
  const traits = readTraits(options)
  return {
    lifecycle: options.lifecycle,
    traits,
    issue: (request, call) => issue(programs, request, call),
    list: (call) => list(programs, call),
    revoke: (key, call) => revoke(programs, key, call),
    find: async ({ mark, seen }, call) => {
      const keys = await list(programs, call)
      return traits.onLostAnswer === 'infer'
        ? keys.filter(({ id }) => !wasSeen(seen, id))
        : keys.filter(({ name }) => carriesMark(name, mark, options.name))
    },
    probe: (material, call) => probe(programs, material, call),
  }
}

async function run(
  { options, provider }: Programs,
  verb: Verb,
  request: object,
  call: Call,
): Promise<Printed> {
  const effect = verb === 'create' || verb === 'revoke' ? 'unknown' : 'none'
  const command = {
    provider,
    verb,
    words: options[verb] ?? [],
    folder: options.folder,
    environment: pickEnvironment(options.passEnv),
    limitMs: parseDurationMs(options.limit),
    reads: true,
    maxOutputBytes,
    input: new SecretValue(`${JSON.stringify({ operation: verb, ...request })}\n`),
    effect,
  } as const
  const { exitCode, output } = await runCommand(command, call)
  const printed = tryExactJson(output)
  const told = isObject(printed) ? readError(printed) : undefined
  if (told !== undefined) throw toReported(provider, verb, told, effect)
  if (exitCode !== 0) throw toFailed(provider, verb, exitCode, effect)
  if (isObject(printed)) return printed
  throw toMisfit(provider, verb, 'printed something other than one JSON object', effect)
}

async function issue(
  programs: Programs,
  request: IssueRequest,
  call: Call,
): Promise<{ ref: KeyRef; material: Material }> {
  const { options, provider, made } = programs
  const { mark, expiresAt, scopes, current } = request
  const name = shapeName(request.name, mark, options.name)
  const ours = made.take(mark, options.generate)
  const asked = { name, mark, expiresAt, scopes, parts: exposed(ours), current: shown(current) }
  const printed = await run(programs, 'create', asked, call)
  const names = options.parts.filter((part) => !(part in ours))
  const returned = readParts(printed, names)
  if (typeof returned === 'string')
    throw toMisfit(provider, 'create', `printed no part ${returned}`, 'unknown')
  const material = { ...returned, ...ours }
  const ref = readRef(printed, options.publicParts, material)
  if (ref === undefined) throw toMisfit(provider, 'create', 'printed no id', 'unknown')
  refuseSecretInRef(ref, secretParts(material, options.publicParts), { provider, made: true })
  return { ref, material }
}

async function list(programs: Programs, call: Call): Promise<KeyRef[]> {
  const { options, provider } = programs
  if (options.list === undefined) throw toMisfit(provider, 'list', 'is not described', 'none')
  const { keys } = await run(programs, 'list', {}, call)
  if (!Array.isArray(keys)) throw toMisfit(provider, 'list', 'printed no list of keys', 'none')
  return keys.map((one) => {
    const ref = isObject(one) ? readRef(one, options.publicParts) : undefined
    if (ref === undefined) throw toMisfit(provider, 'list', 'printed a key without an id', 'none')
    return ref
  })
}

async function revoke(programs: Programs, key: HeldKey, call: Call): Promise<void> {
  const { options, provider } = programs
  if (key.ref === undefined && (!options.revokesByValue || key.material === undefined))
    throw toMisfit(provider, 'revoke', 'cannot be told which key is meant', 'none')
  await run(programs, 'revoke', { ...shown(key) }, call)
}

/** A program that fails says nothing about the key. */
async function probe(programs: Programs, material: Material, call: Call): Promise<ProbeAnswer> {
  try {
    return readVerdict(await run(programs, 'probe', { parts: exposed(material) }, call))
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code === 'invalid') throw error
    const { retryAfterMs } = error
    return { verdict: 'unknown', why: error.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

function readTraits(options: Options): ApiIssuerTraits {
  const { idempotency, exclusive, publicParts, settleAfterRevoke } = options
  const onLostAnswer = {
    'unique-name': 'find',
    repeat: 'repeat',
    none: exclusive ? 'infer' : 'stop',
  } as const
  return {
    parts: options.parts,
    ...(publicParts.length === 0 ? {} : { publicParts }),
    settleMs: parseDurationMs(options.settle),
    ...(settleAfterRevoke === undefined ? {} : { revokeSettleMs: parseDurationMs(settleAfterRevoke) }),
    listDelayMs: parseDurationMs(options.listDelay),
    onLostAnswer: onLostAnswer[idempotency],
    exclusive,
    oldKeyOnIssue: 'lives',
    revokesByValue: options.revokesByValue,
    ...(options.list === undefined ? { lists: false } : {}),
  }
}

/** What a program is told of a key: on standard input alone, which nobody else can read. */
function shown(key: HeldKey | undefined): object | undefined {
  if (key === undefined) return undefined
  const { ref, material, fingerprint } = key
  return { ref, fingerprint, ...(material === undefined ? {} : { parts: exposed(material) }) }
}

function exposed(material: Material): Record<string, string> {
  return Object.fromEntries(Object.entries(material).map(([part, value]) => [part, value.expose()]))
}

function toReported(
  provider: string,
  verb: Verb,
  { code, retryAfterMs }: NonNullable<ReturnType<typeof readError>>,
  effect: 'none' | 'unknown',
): ProviderError {
  return new ProviderError({
    code,
    provider,
    message: `the ${verb} command reported ${code}`,
    // A program that reports that it is not available may have begun.
    effect: code === 'unavailable' ? effect : 'none',
    nextStep: `Run the ${verb} command by hand to see why.`,
    retryAfterMs,
  })
}

function toFailed(provider: string, verb: Verb, exitCode: number, effect: 'none' | 'unknown'): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: `the ${verb} command exited with ${exitCode}`,
    effect,
    nextStep: `Run the ${verb} command by hand to see why it fails.`,
  })
}
