import { DatabaseSync } from 'node:sqlite'

/*
 * Loaded before Keyrota in a child process (`--import`): reports every commit of the journal to its parent, and kills the
 * process right before or after one of them, e.g. KEYROTA_TEST_DIE_AT_COMMIT=before:3 (from 1).
 */
const [when, nth] = (process.env.KEYROTA_TEST_DIE_AT_COMMIT ?? '').split(':')
const exec = DatabaseSync.prototype.exec
let commits = 0

function dieAt(moment: string): void {
  if (moment === when && commits === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  if (sql === 'COMMIT') commits += 1
  if (sql === 'COMMIT') dieAt('before')
  exec.call(this, sql)
  if (sql === 'COMMIT') dieAt('after')
  if (process.connected) process.send?.({ commits })
}
