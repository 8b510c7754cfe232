/** Waits for what the system tells by callbacks, such as a file that changed: notices ring it, and one reader waits. */

export interface Bell {
  ring(): void
  /** Nothing can be noticed any more: whoever waits, now or later, gets this. */
  fail(cause: unknown): void
  /** Waits until it rings; false: the signal aborted. @throws what it failed with */
  next(): Promise<boolean>
  /** What was noticed until now is looked at. */
  clear(): void
  /** Lets go of the signal. */
  close(): void
}

export function makeBell(signal: AbortSignal): Bell {
  let hasRung = false
  let failure: { cause: unknown } | undefined
  let wake = () => {}
  const end = () => wake()
  signal.addEventListener('abort', end)
  return {
    ring() {
      hasRung = true
      wake()
    },
    fail(cause) {
      failure ??= { cause }
      wake()
    },
    async next() {
      while (!signal.aborted && !hasRung && failure === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      if (signal.aborted) return false
      if (failure !== undefined) throw failure.cause
      return true
    },
    clear() {
      hasRung = false
    },
    close: () => signal.removeEventListener('abort', end),
  }
}
