import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessFailure, failure, isSystemError } from '../errors.ts'

/** Pause between two tries. */
const RETRY_MS = 10

/**
 * Takes the lock of one file, which keeps other Keyrotas with the same state folder away, in this process and in
 * others. It is a lock of the operating system, held through an empty SQLite file (Node has no call for it): when
 * its process dies in any way it is free at once, so there is no stale lock to judge.
 * @returns what releases it
 * @throws ProviderError `unavailable` with effect `none` when `limitMs` is over or the call is aborted.
 */
export async function takeLock(
  provider: string,
  file: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<() => void> {
  const end = performance.now() + limitMs
  for (;;) {
    if (signal.aborted) throw notTaken(provider, 'the call was stopped while it waited for the lock')
    const release = tryLock(provider, file)
    if (release) return release
    if (performance.now() >= end)
      throw notTaken(provider, 'timed out waiting for another Keyrota that works on this file')
    // An abort ends the pause early and is seen at the top of the loop.
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined)
  }
}

function tryLock(provider: string, file: string): (() => void) | undefined {
  let database: DatabaseSync | undefined
  try {
    const opened = new DatabaseSync(file, { timeout: 0 })
    database = opened
    opened.exec('BEGIN EXCLUSIVE')
    return () => opened.close()
  } catch (error) {
    database?.close()
    if (isBusy(error)) return undefined
    throw accessFailure(provider, error, `lock Keyrota’s own file ${file}`)
  }
}

/** SQLITE_BUSY is 5 (https://www.sqlite.org/rescode.html#busy). */
function isBusy(error: unknown): boolean {
  return isSystemError(error) && 'errcode' in error && error.errcode === 5
}

function notTaken(provider: string, message: string) {
  return failure(provider, {
    code: 'unavailable',
    message,
    nextStep: 'Try again; if that does not help, look for another Keyrota that hangs.',
  })
}
