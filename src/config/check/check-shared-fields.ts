import type { ConfiguredTarget, ProviderSetting } from '../../contracts/config.ts'
import type { OptionsModule } from '../../contracts/provider-entry.ts'
import type { Finding } from '../schema/judge.ts'
import type { SoundKey } from '../schema/salvage.ts'
import type { Path } from '../text/path.ts'
import { type MergedPolicy, resolveTarget, type SecretFolders } from './resolve-key.ts'

export type SoundKeys = Readonly<Record<string, SoundKey>>
type Settings = Readonly<Record<string, ProviderSetting>>

/**
 * Finds two targets that write the same field, of one key or of two. Stores with the same type and options count as
 * one store; a target without a field is the whole secret.
 */
export function checkSharedFields(
  keys: SoundKeys,
  { stores, addressRules }: { stores: Settings; addressRules: ReadonlyMap<string, OptionsModule> },
  folders: SecretFolders,
): Finding[] {
  const findings: Finding[] = []
  const taken = new Map<string, Map<string, string>>()
  const identities = new Map(Object.entries(stores).map(([name, store]) => [name, identify(store, name)]))
  for (const [name, key] of Object.entries(keys)) {
    for (const [at, raw] of (key.targets ?? []).entries()) {
      if (raw === undefined) continue
      const target = resolveTarget(raw, folders)
      const named = canonical(target, stores[raw.store], addressRules.get(raw.store))
      const secret = `${folders.has(raw.store) ? 'file' : (identities.get(raw.store) ?? raw.store)} ${named}`
      const holders = taken.get(secret) ?? new Map<string, string>()
      const other = claimFields(holders, target, name)
      taken.set(secret, holders)
      if (other === undefined) continue
      const field = raw.fields !== undefined ? 'fields' : raw.field !== undefined ? 'field' : 'secret'
      const whose = other === name ? 'another target of this key' : `the key \`${other}\``
      findings.push({ path: ['keys', name, 'targets', at, field], message: `${whose} writes the same field` })
    }
  }
  return findings
}

const WHOLE = ''

/** Records the owner of these fields and returns the previous owner of one of them, if any. */
function claimFields(
  holders: Map<string, string>,
  target: ConfiguredTarget,
  key: string,
): string | undefined {
  const fields = Object.values(target.fields).map((field) => field ?? WHOLE)
  const isWhole = fields.includes(WHOLE)
  const other = isWhole
    ? [...holders.values()][0]
    : [...fields, WHOLE].map((field) => holders.get(field)).find((holder) => holder !== undefined)
  for (const field of fields) if (!holders.has(field)) holders.set(field, key)
  return other
}

/** The secret by the store's one name for it; as written if the store has no other names. */
function canonical(
  { secret }: ConfiguredTarget,
  store: ProviderSetting | undefined,
  rules: OptionsModule | undefined,
): string {
  if (store === undefined || rules?.canonicalSecret === undefined) return secret
  return rules.canonicalSecret(secret, store.options as never)
}

/** A text that is the same for two names of one place. */
export function identify(setting: ProviderSetting, name: string): string {
  const { options } = setting
  if (typeof options !== 'object' || options === null) return name
  const sorted = Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${setting.type} ${JSON.stringify(sorted)}`
}

/** Finds an environment, service or owner with two spellings: `Production` and `production`, `team-a` and `team a`. */
export function checkSpellings(keys: SoundKeys): Finding[] {
  const findings: Finding[] = []
  for (const field of ['environment', 'service', 'owner'] as const) {
    const first = new Map<string, string>()
    for (const [name, key] of Object.entries(keys)) {
      const written = key[field]
      if (written === undefined) continue
      const plain = written.toLowerCase().replace(/[\s_.-]/g, '')
      const before = first.get(plain) ?? written
      first.set(plain, before)
      if (before === written) continue
      findings.push({
        path: ['keys', name, field],
        message: 'is spelled differently in an earlier key',
        suggestion: before,
      })
    }
  }
  return findings
}

/** Checks what follows from the way an issuer replaces keys, where its options already define that. */
export function checkLifecycles(
  keys: SoundKeys,
  policies: ReadonlyMap<string, MergedPolicy>,
  issuers: Settings,
): Finding[] {
  const findings: Finding[] = []
  const ownerOf = new Map<string, string>()
  for (const [name, key] of Object.entries(keys)) {
    const path: Path = ['keys', name, 'issuer']
    const setting = key.issuer === undefined ? undefined : issuers[key.issuer]
    const declared = readLifecycle(setting)
    if (
      declared.lifecycle === 'roll' &&
      declared.oldKeyOnIssue === 'dies' &&
      !policies.get(name)?.allowOutage
    ) {
      findings.push({
        path,
        message:
          'this issuer ends the old key when it creates a new one, so consumers have no working key until they get the new one',
        expected: '`allowOutage: true`, if that is acceptable',
      })
    }
    const why = whyForOneKey(setting, policies.get(name))
    if (why === undefined || key.issuer === undefined) continue
    const other = ownerOf.get(key.issuer)
    if (other === undefined) ownerOf.set(key.issuer, name)
    else findings.push({ path, message: `${why} the key \`${other}\`` })
  }
  return findings
}

/** Where another key of this account would be ended, or be taken for the one whose creation had no answer. */
export function whyForOneKey(
  setting: ProviderSetting | undefined,
  policy: Pick<MergedPolicy, 'exclusive'> | undefined,
): string | undefined {
  const declared = readLifecycle(setting)
  if (declared.lifecycle === 'slots') return 'the two slots of this account belong to'
  if (declared.lifecycle === 'roll')
    return 'this account has one key, which is replaced in place: it is that of'
  const isInferred = declared.idempotency === 'none' || declared.onLostAnswer === 'infer'
  if (isInferred && (declared.exclusive === true || policy?.exclusive))
    return '`exclusive` means that every new key in this account is that of one key:'
  return undefined
}

interface Declared {
  lifecycle?: unknown
  oldKeyOnIssue?: unknown
  exclusive?: unknown
  idempotency?: unknown
  onLostAnswer?: unknown
}

function readLifecycle(setting: ProviderSetting | undefined): Declared {
  const options = setting?.options
  return typeof options === 'object' && options !== null ? options : {}
}
