/* A program that leaks on request. */

import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/*
 * A program that leaks the text on its standard input in the requested way, for tests that must find every leak:
 *
 *     leak-child <way> <folder>
 *
 * A leak that goes with a process stays until the test has taken the file `planted` away again.
 */

const [way = '', folder = ''] = process.argv.slice(2)
const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
const text = Buffer.concat(chunks).toString()

const planted = join(process.env.TMPDIR ?? '', 'planted')

/** A child that stays until the watch has seen the leak, at most ten seconds. */
function stay(more: readonly string[], env: Readonly<Record<string, string>>): void {
  const wait = 'touch "$0"; for n in $(seq 500); do [ -e "$0" ] || exit 0; sleep 0.02; done'
  spawnSync('sh', ['-c', wait, planted, ...more], { env: { PATH: process.env.PATH ?? '', ...env } })
}

const ways: Record<string, () => void> = {
  stdout: () => process.stdout.write(`found ${text} there\n`),
  stderr: () => process.stderr.write(`found ${text} there\n`),
  json: () => process.stdout.write(JSON.stringify({ notes: [text] })),
  log: () =>
    process.stderr.write(`${JSON.stringify({ level: 'info', message: JSON.stringify({ text }) })}\n`),
  'temporary file': () => {
    const path = join(process.env.TMPDIR ?? '', 'work.tmp')
    writeFileSync(path, text)
    stay([], {})
    rmSync(path)
  },
  'shared memory file': () =>
    writeFileSync(join(folder, 'state', 'journal.sqlite-shm'), Buffer.from(text).toString('hex')),
  'state folder': () =>
    writeFileSync(join(folder, 'state', 'notes.txt'), Buffer.from(text).toString('base64')),
  journal: () => {
    const database = new DatabaseSync(join(folder, 'state', 'journal.sqlite'))
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS leak (text TEXT)')
    database.prepare('INSERT INTO leak VALUES (?)').run(text)
    database.close()
  },
  'argument of a child': () => stay([text], {}),
  'environment of a child': () => stay([], { LEAK: text }),
}
ways[way]?.()
