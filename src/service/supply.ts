/** The verb `supply`: takes a key that a person made. */
import type { KeyConfig } from '../contracts/config.ts'
import { fingerprintOf } from '../contracts/fingerprint.ts'
import type { AuditEntry } from '../contracts/journal.ts'
import type { IssuerTraits, OperatorTask } from '../contracts/key-issuer.ts'
import type { KeyRecord } from '../contracts/record.ts'
import type { Material } from '../contracts/secret-value.ts'
import { explainUnusable } from '../contracts/value-shape.ts'
import { type Attended, attend } from '../engine/attend.ts'
import { newRotationId } from '../engine/rotation-id.ts'
import { explainUnfit } from '../engine/stored-key.ts'
import type { Values } from '../engine/values.ts'
import { acceptSupply } from '../workflow/people/supply.ts'
import { type Context, keyOf, ServiceError } from './context.ts'
import { refuseValues } from './refuse-values.ts'

/** What a person has to do now at the issuer of this key; null when nothing is asked. */
export async function taskOf(
  context: Context,
  name: string,
  record: KeyRecord | null,
): Promise<OperatorTask | null> {
  const asked = record?.rotation?.operator
  if (!asked) return null
  const issuer = await context.providers.issuer(keyOf(context, name).issuer)
  if (issuer.lifecycle !== 'operator') return null
  const old = record.rotation?.old
  const currentName = old?.name ?? old?.ref?.name
  return issuer.task(asked.kind, { name: asked.name, ...(currentName ? { currentName } : {}) })
}

/**
 * Takes a key that a person made. The first accepted value wins; a rotation is started when none waits for one. One
 * that comes too late is refused and owed for.
 * `seenBy`: persons who have seen it. @throws ServiceError `refused` for a value that cannot be a key, is already
 * known, or that no rotation waits for.
 */
export async function supply(
  context: Context,
  name: string,
  material: Material,
  seenBy: readonly string[] = [],
): Promise<Attended> {
  const key = keyOf(context, name)
  const issuer = await context.providers.issuer(key.issuer)
  if (issuer.lifecycle !== 'operator') {
    throw new ServiceError(
      'refused',
      `${key.issuer} makes its keys by API; nothing is to be supplied`,
      `Run: keyrota rotate ${name}`,
    )
  }
  checkParts(material, issuer.traits)
  await refuseValues(context, name, seenBy)
  await checkFit(context, key, material)
  const asked = await startForSupply(context, name)
  if (asked.end === 'claimed') return asked
  refuseTooEarly(asked)
  const taking: Taking = {}
  // The person who supplies the key confirms what no probe can show; the trail says so.
  const assumed = issuer.task('create', { name }).confirm
  const attended = await attend(context, name, {
    takeOver: true,
    change: (record, now, values) => [take(record, { material, values, now, taking, assumed, seenBy })],
    start: () => null,
  })
  if (taking.refused === undefined) return attended
  throw new ServiceError('refused', taking.refused, `When it is deleted, run: ${confirmCommand(attended)}`)
}

interface Taking {
  /** Why the value was refused although it went on record. */
  refused?: string
}

/** Takes the value into the record, or the debt for it; returns the line of the trail. */
function take(
  record: KeyRecord,
  about: {
    material: Material
    values: Values
    now: number
    taking: Taking
    assumed: readonly string[]
    seenBy: readonly string[]
  },
): AuditEntry {
  const { material, values, now, taking, assumed, seenBy } = about
  const fingerprint = fingerprintOf(material)
  const said = acceptSupply(record, fingerprint, now, seenBy)
  if ('refused' in said && !said.debt)
    throw new ServiceError('refused', said.refused, `See: keyrota status ${record.key}`)
  if ('refused' in said) taking.refused = said.refused
  else values.keep(material)
  const { rotation } = record
  return {
    at: now,
    key: record.key,
    ...(rotation ? { rotation: rotation.id } : {}),
    kind: 'refused' in said ? 'debt' : 'supplied',
    text:
      taking.refused ??
      `a person supplied a key (${fingerprint}) for ${rotation?.attempts.at(-1)?.name ?? record.key}`,
    data: { fingerprint, assumed, seenBy },
  }
}

/** Nothing is wrong with a key that comes before it can be taken: it is not owed for. */
function refuseTooEarly({ key, record, notes }: Attended): void {
  if (record?.rotation && record.rotation.step !== 'preflight') return
  const why = record?.rotation?.hold?.detail ?? notes.at(-1) ?? 'no rotation could be started'
  throw new ServiceError(
    'refused',
    `no key of ${key} can be taken yet: ${why}`,
    `See: keyrota status ${key}. Then supply it again, or delete it.`,
  )
}

function confirmCommand({ key, record }: Attended): string {
  return `keyrota resume ${key} --confirm "deleted:${record?.debts.at(-1)?.name ?? ''}"`
}

/** Brings the key to where a value is waited for. */
function startForSupply(context: Context, name: string): Promise<Attended> {
  return attend(context, name, {
    takeOver: true,
    start: (record, now) => ({
      id: newRotationId(context, now),
      reason: record.current ? 'asked' : 'first',
      why: 'a key was supplied',
    }),
  })
}

export function isWaitingForKey(record: KeyRecord | null): boolean {
  return record?.rotation?.operator?.kind === 'create' && record.rotation.standing === 'awaiting-operator'
}

/** Whether the key of the running rotation is in at least one target: only then can it no longer be lost. */
export function isInTarget(record: KeyRecord | null): boolean {
  if (record && !record.rotation) return record.last?.end === 'completed'
  return Object.values(record?.rotation?.targets ?? {}).some((ledger) => ledger.holds === 'new')
}

/** Known before the key is taken, so nothing is owed: the person has it still. */
async function checkFit(context: Context, key: KeyConfig, material: Material): Promise<void> {
  for (const target of key.targets) {
    const store = await context.providers.store(target.store)
    const why = explainUnfit(store, target, material)
    if (!why) continue
    throw new ServiceError(
      'refused',
      `${target.id} cannot hold this key: ${why}`,
      'Create a key of other characters and supply that, or choose another format or store; delete the one you created.',
    )
  }
}

function checkParts(material: Material, { parts, publicParts }: IssuerTraits): void {
  const missing = parts.find((part) => material[part] === undefined)
  const found = missing
    ? { part: missing, says: 'is missing' }
    : explainUnusable(material, { pasted: true, publicParts })
  if (!found) return
  throw new ServiceError(
    'refused',
    `the part ${found.part} cannot be a key: it ${found.says}`,
    'Copy the whole key, and nothing else, and supply it again.',
  )
}
