import { JournalError } from '../../../src/contracts/errors.ts'

type Sqlite = typeof import('node:sqlite')

let loaded: Sqlite | undefined

/**
 * Node's own SQLite. Node 22 warns at its first use that it is experimental; that one warning is dropped, because
 * people would read it on every command and can do nothing about it. Every other warning passes.
 * @throws JournalError `unavailable` when this Node was built without it.
 */
export function loadSqlite(): Sqlite {
  if (loaded) return loaded
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: [never]) => {
    if (!isSqliteWarning(warning, rest[0])) emitWarning.call(process, warning, ...rest)
  }) as typeof process.emitWarning
  try {
    loaded = process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
  if (loaded === undefined)
    throw new JournalError(
      'unavailable',
      'this Node has no node:sqlite',
      'Use Node 24 as nodejs.org ships it, or another journal.',
    )
  return loaded
}

function isSqliteWarning(warning: string | Error, kind: unknown): boolean {
  const type = typeof kind === 'object' && kind !== null && 'type' in kind ? kind.type : kind
  return type === 'ExperimentalWarning' && String(warning).startsWith('SQLite ')
}
