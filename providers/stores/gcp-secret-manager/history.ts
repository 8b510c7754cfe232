/** So many entries are kept; the oldest are forgotten. */
const maxEntries = 1000

export function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key)
  memory.set(key, value)
  const [oldest] = memory.keys()
  if (memory.size > maxEntries && oldest !== undefined) memory.delete(oldest)
}

/**
 * The highest version that this process knows a secret to have, by resource name. The list of versions may be behind
 * for minutes, our own additions included; a version asked for by its number never is.
 */
export type NewestMemory = Map<string, number>

/** Only an addition tells a number for certain; a lower one than is known tells nothing. */
export function rememberNewest(memory: NewestMemory, resource: string, number: number): void {
  remember(memory, resource, Math.max(number, memory.get(resource) ?? 0))
}
