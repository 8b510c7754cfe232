import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fingerprintOf } from '../contracts/fingerprint.ts'
import type { Material } from '../contracts/secret-value.ts'
import { explain } from '../service/explain.ts'
import type { Report } from './consumer.ts'
import { type KnownKey, listKeys } from './gateway.ts'
import { claim, claimAtLeast, printCommand, printTimeline } from './print.ts'
import type { DemoKey, Stage } from './stage.ts'

const LOOK_LIMIT_MS = 10_000

/** Fewer calls than this during a rotation would prove nothing. */
const LEAST_CALLS = 20

/** A key as it was in the env file. */
export interface Held {
  fingerprint: string
  material: Material
}

/** What the target of a key holds now. */
export async function readHeld(stage: Stage, key: DemoKey): Promise<Held> {
  const { target } = configOf(stage, key)
  const store = await stage.opened.context.providers.store(target.store)
  const { material } = await store.read(target, 'current', makeCall())
  return { fingerprint: fingerprintOf(material), material }
}

/** SHA-256 of the env file as it is now. */
export async function hashTarget(stage: Stage, key: DemoKey): Promise<string> {
  const { target } = configOf(stage, key)
  return createHash('sha256')
    .update(await readFile(target.secret))
    .digest('hex')
}

/** The status that the gateway returns for this key. */
export async function askStatus(stage: Stage, key: DemoKey, held: Held): Promise<number | undefined> {
  const issuer = await stage.opened.context.providers.issuer(configOf(stage, key).issuer)
  const { status } = await issuer.probe(held.material, makeCall())
  return status
}

function configOf(stage: Stage, key: DemoKey) {
  const config = stage.opened.context.keys.get(key)
  const target = config?.targets[0]
  if (!config || !target) throw new Error(`the demo's config has no key ${key} with a target`)
  return { issuer: config.issuer, target }
}

function makeCall() {
  return { signal: AbortSignal.timeout(LOOK_LIMIT_MS), beforeSend: () => undefined }
}

const shownKinds = new Set([
  'asked',
  'supplied',
  'intent',
  'validated',
  'revoked',
  'rollback',
  'consumer-failed',
])

/** Prints the timeline of the latest rotation from the journal: what was done and seen, without the evidence. */
export async function showTimeline(stage: Stage, key: DemoKey): Promise<void> {
  const { entries } = await explain(stage.opened.context, key)
  printCommand(`keyrota explain ${key}`)
  printTimeline(entries.filter(({ kind }) => shownKinds.has(kind)))
}

/** Claims that the gateway has created one key in addition to the known ones, and that it is revoked. */
export async function claimDiscarded(stage: Stage, known: readonly KnownKey[]): Promise<void> {
  const ids = known.map(({ id }) => id)
  const made = (await listKeys(stage.sandbox)).filter(({ id }) => !ids.includes(id))
  const [only] = made
  claim(
    `one key was created (${only?.fingerprint}), and it is revoked`,
    made.map(({ state, accepted }) => ({ state, accepted })),
    [{ state: 'revoked', accepted: false }],
  )
}

/** Claims which key a consumer uses, how many calls it has made since `before`, and that none was refused. */
export async function claimCalls(
  stage: Stage,
  key: DemoKey,
  before: Report,
  fingerprint: string,
): Promise<void> {
  const now = await stage.consumers[key].report()
  claim(`${key} uses ${fingerprint}`, now.fingerprint, fingerprint)
  const calls = countCalls(now) - countCalls(before)
  claimAtLeast(`${key} made ${calls} calls during this`, calls, LEAST_CALLS)
  claim('none of them got a 401', now.calls.refused, 0)
}

/** All calls, whatever their outcome. */
export function countCalls({ calls }: Report): number {
  return calls.done + calls.refused + calls.other
}
