/** How long it may take to get credentials, before a request is sent with them. */
const SIGN_IN_LIMIT_MS = 15_000

/** Ends a sign-in in its own time, so that one that hangs is not taken for a service that does. `late` is thrown then. */
export async function limitSignIn<T>(
  work: () => Promise<T>,
  late: (limitMs: number) => Error,
  limitMs = SIGN_IN_LIMIT_MS,
): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const timer = setTimeout(() => ended.reject(late(limitMs)), limitMs)
  try {
    return await Promise.race([work(), ended.promise])
  } finally {
    clearTimeout(timer)
  }
}
