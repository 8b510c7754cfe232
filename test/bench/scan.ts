/**
 * What it costs to search files for 10,000 managed keys: `node test/bench/scan.ts [--mb 1000] [--keys 10000] [--rounds 3]`. The files
 * are logs, source and JSON, with keys planted as they are and encoded. `grep -F -f` looks for the same values in the
 * same files in the same run, in turns; it has to be given the values, which Keyrota does not have. Beside it: how long
 * `keyrota leaked` takes to name a key among as many in the journal.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openSqliteJournal } from '../../providers/journals/sqlite/index.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { machine } from '../../src/machine.ts'
import { findFiles } from '../../src/scan/files.ts'
import { addPart, newPart, Tally } from '../../src/scan/tally.ts'
import { scanFiles } from '../../src/scan/threads.ts'
import { seedRandom } from '../shared/seeded-random.ts'
import { median } from './median.ts'

const FILE_BYTES = 4 * 1024 ** 2
const PLANTED_PER_FILE = 3

const random = seedRandom(1)
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Corpus {
  folder: string
  bytes: number
  raw: number
  encoded: number
}

function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 16)
}

/** Source of this repository and of its packages, with lines of a log between: ids and times that never repeat. */
function makeCorpus(folder: string, bytes: number, values: readonly string[]): Corpus {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') || name.endsWith('.json'))
    .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  const made: Corpus = { folder, bytes: 0, raw: 0, encoded: 0 }
  mkdirSync(folder)
  for (let file = 0; made.bytes < bytes; file += 1) {
    const fd = openSync(join(folder, `file-${file}.txt`), 'w')
    for (let size = 0; size < FILE_BYTES; ) {
      const text = `${makeLog(60)}${sources[Math.floor(Math.random() * sources.length)] ?? ''}\n`
      size += writeSync(fd, text)
    }
    for (let count = 0; count < PLANTED_PER_FILE; count += 1) {
      const value = values[(file * PLANTED_PER_FILE + count) % values.length] ?? ''
      writeSync(fd, `API_KEY=${value}\n  token: ${Buffer.from(`app:${value}`).toString('base64')}\n`)
      made.raw += 1
      made.encoded += 1
    }
    closeSync(fd)
    made.bytes += FILE_BYTES
  }
  return made
}

function makeLog(lines: number): string {
  const each = () =>
    `2026-11-27T12:00:00.000Z INFO request id=${random(24)} trace=${random(32)} GET /v1/jobs/${random(12)}?page=2 200 ${random(3)}ms user-agent="renderer/2.4 (linux; x64)"\n`
  return Array.from({ length: lines }, each).join('')
}

interface Run {
  found: number
  cpuMs: number
}

/** MB in a second of the clock, and in one of CPU: on a machine that does other things, only the latter compares. */
interface Measured {
  name: string
  wall: number[]
  cpu: number[]
  found: number
}

/** The shell tells how much CPU it took. */
function grep({ folder }: Corpus, list: string): Run {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' }
  const script = 'grep -r -h -o -F -f "$0" "$1"; times >&2'
  const done = spawnSync('bash', ['-c', script, list, folder], { env, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const children = done.stderr.trim().split('\n').at(-1) ?? ''
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  const seconds = times.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
  return { found: done.stdout.split('\n').length - 1, cpuMs: seconds * 1_000 }
}

async function scanAll(corpus: Corpus, known: ReadonlySet<string>, threads?: number): Promise<Run> {
  const sum = newPart()
  const tally = new Tally(known)
  const files = findFiles(corpus.folder, (name, why, detail) => tally.leaveOut(name, why, detail))
  const signal = new AbortController().signal
  const before = process.cpuUsage()
  await scanFiles(files, { known, tally, signal, threads, took: (part) => addPart(sum, part) })
  const { user, system } = process.cpuUsage(before)
  return { found: sum.counts.findings, cpuMs: (user + system) / 1_000 }
}

async function measure(
  corpus: Corpus,
  values: readonly string[],
  list: string,
  rounds: number,
): Promise<Measured[]> {
  const known = new Set(values.map(fingerprint))
  const runners: { measured: Measured; run: () => Promise<Run> }[] = [
    { measured: measuredOf('grep -F -f'), run: async () => grep(corpus, list) },
    { measured: measuredOf('keyrota scan, one thread'), run: () => scanAll(corpus, known, 1) },
    { measured: measuredOf('keyrota scan'), run: () => scanAll(corpus, known) },
  ]
  for (let round = 0; round < rounds; round += 1) {
    for (const { measured, run } of runners) {
      const begun = performance.now()
      const { found, cpuMs } = await run()
      measured.wall.push(corpus.bytes / 1e3 / (performance.now() - begun))
      measured.cpu.push(corpus.bytes / 1e3 / cpuMs)
      measured.found = found
    }
  }
  return runners.map(({ measured }) => measured)
}

function measuredOf(name: string): Measured {
  return { name, wall: [], cpu: [], found: 0 }
}

/** A config without keys, and a journal that knows them with five earlier keys each. */
async function fillJournal(scratch: string, values: readonly string[]): Promise<string> {
  const state = join(scratch, 'state')
  const config = join(scratch, 'keyrota.yaml')
  mkdirSync(state, { mode: 0o700 })
  const text = `installation: k7f3\nstateFolder: ${state}\nissuers: { video: { type: ppt-video, account: studio } }\nstores: { dotenv: { type: env-file } }\nkeys: {}\n`
  writeFileSync(config, text)
  const journal = await openSqliteJournal(join(state, 'journal.sqlite'), machine)
  for (const [index, value] of values.entries()) {
    const claim = await journal.claim(`key-${index}`, { holder: 'bench', leaseMs: 60_000 })
    if (claim === 'held') throw new Error('nobody else is here')
    const record = newRecord(`key-${index}`, 'k7f3')
    record.current = {
      fingerprint: fingerprint(value),
      since: 1,
      sinceFrom: 'store',
      adopted: true,
      versions: {},
    }
    for (let past = 0; past < 5; past += 1)
      record.past.push({ fingerprint: fingerprint(`${value}${past}`), state: 'revoked', until: 1 })
    await journal.commit(claim, { record, audit: [], release: true })
  }
  await journal.close()
  return config
}

/** `keyrota leaked`, run by its source. */
function timeLeaked(config: string, value: string): { wallMs: number; cpuMs: number } {
  const told = "process.on('exit', () => process.stderr.write('\\n' + process.cpuUsage().user / 1000))"
  const args = ['--import', `data:text/javascript,${encodeURIComponent(told)}`, join(root, 'src/main.ts')]
  const begun = performance.now()
  const done = spawnSync(process.execPath, [...args, 'leaked', '--config', config, '--json'], {
    input: `Bearer ${value}\n`,
    encoding: 'utf8',
  })
  if (done.status !== 4) throw new Error(`leaked ended with ${done.status}: ${done.stderr}`)
  return { wallMs: performance.now() - begun, cpuMs: Number(done.stderr.trim().split('\n').at(-1)) }
}

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '1000' },
    keys: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
  },
})
const scratch = mkdtempSync(join(tmpdir(), 'keyrota-bench-'))
try {
  const values = Array.from({ length: Number(options.keys) }, () => `ppt_live_${random(32)}`)
  const list = join(scratch, 'values')
  writeFileSync(list, `${values.join('\n')}\n`)
  const corpus = makeCorpus(join(scratch, 'files'), Number(options.mb) * 1e6, values)
  const planted = `planted ${corpus.raw} raw and ${corpus.encoded} in base64`
  console.log(`${(corpus.bytes / 1e6).toFixed(0)} MB, ${values.length} keys, ${planted}`)
  const measured = await measure(corpus, values, list, Number(options.rounds))
  for (const { name, wall, cpu, found } of measured) {
    const ratio = median(cpu) / median(measured[0]?.cpu ?? [])
    const [byWall, byCpu] = [wall, cpu].map((rates) => median(rates).toFixed(1).padStart(7))
    console.log(
      `${name.padEnd(26)} ${byWall} MB/s ${byCpu} MB per CPU second (${ratio.toFixed(3)} of grep), found ${found}`,
    )
  }
  const config = await fillJournal(scratch, values)
  const times = Array.from({ length: 4 }, () => timeLeaked(config, values.at(-1) ?? '')).slice(1)
  const wallMs = median(times.map((one) => one.wallMs)).toFixed(0)
  const cpuMs = median(times.map((one) => one.cpuMs)).toFixed(0)
  console.log(
    `keyrota leaked among ${values.length} keys: ${wallMs} ms, ${cpuMs} ms of CPU, the start included`,
  )
} finally {
  rmSync(scratch, { recursive: true })
}
