import type { MemorySpace } from '../../providers/issuers/memory/index.ts'
import type { StoreSpace } from '../../providers/stores/memory/index.ts'
import { fingerprintOf, fingerprintPart } from '../../src/contracts/fingerprint.ts'
import { type Material, SecretValue } from '../../src/contracts/secret-value.ts'

/** Stands before or behind one call of a provider or of the journal. */
export type Around = (call: string, run: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>

/** Whether the issuer would accept this key now; asking it uses nothing up. */
export function isLive(space: MemorySpace, key: MemorySpace['keys'][number]): boolean {
  const now = space.now()
  return !key.disabled && now >= key.activeFrom && now < key.deadFrom && key.acceptsLeft > 0
}

/** Every method of a provider goes through `around`; what is no method stays as it is. */
export function wrapCalls<T extends object>(label: string, provider: T, around: Around): T {
  return new Proxy<T>(provider, {
    get(target: T, name, receiver) {
      const isPlain = name === 'garbage' || name === 'task' || name === 'explainUnfit'
      const member = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || isPlain) return member
      return (...args: unknown[]) =>
        around(`${label}.${String(name)}`, async () => member.apply(target, args) as unknown, args)
    },
  })
}

/** Name of the value that a secret holds now. */
export function heldBy(secrets: StoreSpace, secret: string): string | null {
  const content = secrets.contentOf(secret)
  const value = typeof content === 'string' ? content : content.KEY
  return value === undefined ? null : nameValue(value)
}

/** After every call everything that is held is compared: each value is hashed once. */
const names = new Map<string, string>()
const keyNames = new WeakMap<Material, string>()

function nameValue(value: string): string {
  const name = names.get(value) ?? fingerprintPart(new SecretValue(value))
  names.set(value, name)
  return name
}

export function nameKey(material: Material): string {
  const name = keyNames.get(material) ?? fingerprintOf(material)
  keyNames.set(material, name)
  return name
}
