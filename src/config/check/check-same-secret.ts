import type { OptionsModule } from '../../contracts/provider-entry.ts'
import type { Finding } from '../schema/judge.ts'
import { identify, type SoundKeys } from './check-shared-fields.ts'
import type { ReadSettings } from './read-settings.ts'
import { resolveTarget, type SecretFolders } from './resolve-key.ts'

interface Named {
  place: string
  secret: string
  fields: readonly (string | null)[]
  key: string
}

/** Finds targets that may be the same field of one secret, where only the store itself could say whether they are. */
export function checkSameSecret(
  keys: SoundKeys,
  { stores, addressRules }: Pick<ReadSettings, 'addressRules' | 'stores'>,
  folders: SecretFolders,
): Finding[] {
  const findings: Finding[] = []
  const seen: Named[] = []
  for (const [key, { targets }] of Object.entries(keys)) {
    for (const [at, raw] of (targets ?? []).entries()) {
      const store = raw === undefined ? undefined : stores[raw.store]
      const rules: OptionsModule | undefined = raw && addressRules.get(raw.store)
      if (raw === undefined || store === undefined || rules?.mayBeSameSecret === undefined) continue
      const { secret, fields } = resolveTarget(raw, folders)
      const named = { place: identify(store, raw.store), secret, fields: Object.values(fields), key }
      const other = seen.find(
        (one) =>
          one.place === named.place &&
          one.fields.some((field) => named.fields.includes(field)) &&
          rules.mayBeSameSecret?.(one.secret, secret, store.options as never),
      )
      seen.push(named)
      if (other === undefined) continue
      findings.push({
        path: ['keys', key, 'targets', at, 'secret'],
        message: `may be the same secret as \`${other.secret}\` of the key \`${other.key}\`, which writes the same field`,
        expected: 'names that are certain to be different secrets',
      })
    }
  }
  return findings
}
