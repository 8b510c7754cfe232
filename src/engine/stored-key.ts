/** Reads and writes a key in its target, through the template of the field where the target has one. */
import type { Call } from '../contracts/call.ts'
import { ProviderError } from '../contracts/errors.ts'
import { fillFieldTemplate, splitFieldTemplate } from '../contracts/field-template.ts'
import type { PinnedTarget } from '../contracts/record.ts'
import type { SecretStore, StoredKey } from '../contracts/secret-store.ts'
import { type Material, SecretValue } from '../contracts/secret-value.ts'

/** What a store knows of a target with a template: one text in one field. */
const WHOLE = 'value'

/** @throws ProviderError `invalid` if the field holds a text that does not have the form of the template. */
export async function readKey(
  store: SecretStore,
  target: Omit<PinnedTarget, 'traits'>,
  version: string | 'current',
  call: Call,
): Promise<StoredKey> {
  const stored = await store.read(target, version, call)
  if (target.template === undefined) return stored
  const material = splitFieldTemplate(target.template, stored.material[WHOLE] ?? new SecretValue(''))
  if (material === null)
    throw doesNotFit(target, `holds a text that does not have the form ${target.template}`)
  return { ...stored, material }
}

/** @throws ProviderError `invalid` if the parts could not be read back from the field. */
export async function writeKey(
  store: SecretStore,
  target: PinnedTarget,
  material: Material,
  intent: { mark: string; replaces: string | 'absent' },
  call: Call,
): Promise<{ version: string }> {
  if (target.template === undefined) return await store.write(target, material, intent, call)
  const text = fillFieldTemplate(target.template, material)
  if (text === null)
    throw doesNotFit(target, `cannot hold this key as ${target.template}: it could not be read back`)
  return await store.write(target, { [WHOLE]: text }, intent, call)
}

/** Why the target cannot hold this key so that every reader gets it, without its value; null: it can. */
export function explainUnfit(
  store: SecretStore,
  target: Pick<PinnedTarget, 'secret' | 'fields' | 'template'>,
  material: Material,
): string | null {
  if (target.template === undefined) return store.explainUnfit?.(target, material) ?? null
  const text = fillFieldTemplate(target.template, material)
  if (text === null) return `it could not be read back from ${target.template}`
  return store.explainUnfit?.(target, { [WHOLE]: text }) ?? null
}

function doesNotFit(target: Pick<PinnedTarget, 'id' | 'store'>, what: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: target.store,
    message: `${target.id} ${what}`,
    effect: 'none',
    nextStep: 'Correct the template of this target in the config, or what the field holds.',
  })
}
