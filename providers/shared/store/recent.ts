/** A memory of the most recent entries, for what one process remembers of its own writes. */

const maxEntries = 1000

/** Sets the entry and forgets the oldest when there are too many. */
export function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key)
  memory.set(key, value)
  const [oldest] = memory.keys()
  if (memory.size > maxEntries && oldest !== undefined) memory.delete(oldest)
}
