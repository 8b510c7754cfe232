import { JournalError } from '../../../src/contracts/errors.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html */
const code = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const

/** Whether another process holds the lock just now, so that a later try may succeed. */
export function isBusy(error: unknown): boolean {
  const primary = primaryCode(error)
  return primary === code.busy || primary === code.locked
}

/** What SQLite or the file system said, as a JournalError; one that is a JournalError or a mistake of ours stays. */
export function toJournalError(error: unknown, path: string): unknown {
  if (error instanceof JournalError) return error
  const primary = primaryCode(error)
  if (primary === code.corrupt || primary === code.notadb)
    return new JournalError(
      'corrupt',
      `${path} is damaged or no SQLite database`,
      `Stop Keyrota, move ${path} away together with its -wal and -shm files, and restore a backup.`,
      error,
    )
  const happened = primary === undefined ? describeFileError(error) : describeCode(primary)
  if (happened === undefined) return error
  return new JournalError('unavailable', `${path}: ${happened.what}`, happened.nextStep, error)
}

interface Happened {
  what: string
  nextStep: string
}

function describeCode(primary: number): Happened {
  switch (primary) {
    case code.busy:
    case code.locked:
      return {
        what: 'another process kept it locked',
        nextStep: 'Try again; if it stays locked, look which process has the file open.',
      }
    case code.full:
      return { what: 'there is no space left to write', nextStep: 'Make room on its disk, then try again.' }
    case code.ioerr:
      return {
        what: 'reading or writing it failed',
        nextStep: 'Look at the disk and its free space, then try again.',
      }
    case code.perm:
    case code.readonly:
    case code.cantopen:
      return {
        what: 'it cannot be opened for writing',
        nextStep: 'Give the user that runs Keyrota the right to write the file and its folder.',
      }
    default:
      return { what: `SQLite answered with code ${primary}`, nextStep: 'Try again, then report it.' }
  }
}

function describeFileError(error: unknown): Happened | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return {
    what: `${String(error.syscall)} failed (${String(error.code)})`,
    nextStep: 'Give the user that runs Keyrota the right to write the file and its folder.',
  }
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
