import { openSqliteJournal } from '../../../../providers/journals/sqlite/index.ts'
import { machine } from '../../../../src/machine.ts'
import { nameProcess } from '../../../../src/process-identity.ts'

/*
 * A process of its own that opens the journal, waits for the moment all start together, claims every key it was
 * given and prints, as one JSON line, which of them it won. It stays until its standard input ends.
 */
const [path = '', startAt = '0', keys = '', named] = process.argv.slice(2)
const holder = named ? nameProcess() : `process-${process.pid}`
const journal = openSqliteJournal(path, machine)
while (Date.now() < Number(startAt)) await new Promise((resolve) => setTimeout(resolve, 1))
const won: string[] = []
for (const key of keys.split(',')) {
  const claim = await journal.claim(key, { holder, leaseMs: 60_000 })
  if (claim !== 'held') won.push(key)
}
process.stdout.write(`${JSON.stringify(won)}\n`)
process.stdin.resume()
