import type { OptionsModule } from '../../contracts/provider-entry.ts'
import { listValues } from '../schema/issue-words.ts'
import type { Finding } from '../schema/judge.ts'
import type { SoundKey } from '../schema/salvage.ts'
import type { RawTarget } from '../schema/schema.ts'
import { suggestName } from '../schema/suggest.ts'
import type { Path } from '../text/path.ts'
import { resolveTarget, type SecretFolders } from './resolve-key.ts'

/** Names that the config declares, valid or not: a provider with a mistake in it is still a known name. */
export interface Declared {
  issuers: readonly string[]
  stores: readonly string[]
  consumers: readonly string[]
  meters: readonly string[]
}

/** Checks that everything a key refers to is declared, and that its targets are valid addresses of their stores. */
export function checkReferences(
  path: Path,
  key: SoundKey,
  declared: Declared,
  stores: { rules: ReadonlyMap<string, OptionsModule>; folders: SecretFolders },
): Finding[] {
  const findings: Finding[] = []
  if (key.issuer !== undefined)
    findings.push(...checkName([...path, 'issuer'], key.issuer, 'issuer', declared.issuers))
  const consumers = key.consumers ?? []
  for (const [at, consumer] of consumers.entries()) {
    const place = [...path, 'consumers', at]
    findings.push(...checkName(place, consumer, 'consumer', declared.consumers))
    if (consumers.indexOf(consumer) < at) findings.push({ path: place, message: 'is listed twice' })
  }
  for (const [at, target] of (key.targets ?? []).entries()) {
    if (target === undefined) continue
    const place = [...path, 'targets', at]
    findings.push(...checkName([...place, 'store'], target.store, 'store', declared.stores))
    findings.push(...checkFields(place, target))
    const rules = stores.rules.get(target.store)
    const problems = rules?.checkAddress?.(resolveTarget(target, stores.folders)) ?? []
    const blamed = [...place, blameField(target, problems)]
    findings.push(...problems.map((message) => ({ path: blamed, message })))
  }
  return findings
}

export function checkName(path: Path, name: string, kind: string, names: readonly string[]): Finding[] {
  if (names.includes(name)) return []
  const expected = names.length > 0 ? listValues(names) : `a name declared under ${kind}s, which is empty`
  return [{ path, message: `no ${kind} has this name`, expected, suggestion: suggestName(name, names) }]
}

export function checkFields(path: Path, target: RawTarget): Finding[] {
  if (target.template !== undefined && target.fields !== undefined)
    return [
      {
        path: [...path, 'template'],
        atName: true,
        message: 'cannot be combined with `fields`',
        expected: '`field`, or the whole secret',
      },
    ]
  if (target.fields === undefined) return []
  const at = [...path, 'fields']
  if (target.field !== undefined)
    return [
      { path: at, atName: true, message: 'cannot be combined with `field`', expected: 'one of the two' },
    ]
  const names = Object.values(target.fields)
  if (names.length === 0)
    return [{ path: at, message: 'is empty', expected: 'a field for each part of the key' }]
  if (new Set(names).size < names.length) return [{ path: at, message: 'two parts have the same field' }]
  return []
}

/** The part of an invalid address to point at, if only one can be meant; else the whole address. */
function blameField(target: RawTarget, problems: readonly string[]): string {
  const isAboutField = problems.every((problem) => /\bfields?\b/.test(problem) && !/\bsecret\b/.test(problem))
  if (!isAboutField) return 'secret'
  return target.fields === undefined ? 'field' : 'fields'
}
