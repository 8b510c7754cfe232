/** Runs work on the same key one after another, in the order of asking; different keys do not wait for each other. */
export type Turns = <T>(key: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/**
 * For stores without compare-and-set: two writers of one process must not both look before either has written. A
 * caller that aborts while waiting proceeds at once, out of turn; the work has to refuse an aborted call by itself.
 */
export function makeTurns(): Turns {
  const tails = new Map<string, Promise<void>>()
  return async (key, signal, work) => {
    const before = tails.get(key) ?? Promise.resolve()
    const mine = Promise.withResolvers<void>()
    const tail = before.then(() => mine.promise)
    tails.set(key, tail)
    try {
      await waitFor(before, signal)
      return await work()
    } finally {
      mine.resolve()
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}

function waitFor(before: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const go = () => {
      signal.removeEventListener('abort', go)
      resolve()
    }
    signal.addEventListener('abort', go)
    before.then(go)
  })
}
