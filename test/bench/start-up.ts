/**
 * What it costs to start the built program: `node test/bench/start-up.ts [rounds]`. `keyrota status` against a bare
 * `node -e 0` in turns, so that both meet the same machine; medians of CPU, wall clock and largest memory. Goals: 2.5
 * times the CPU of the bare one, and flat from 1 to 10,000 keys in the journal. What a config of as many keys costs
 * is shown beside it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackage } from '../../.ci/build.ts'
import { openSqliteJournal } from '../../providers/journals/sqlite/index.ts'
import { newRecord } from '../../src/contracts/record.ts'
import { machine } from '../../src/machine.ts'
import { median } from './median.ts'

const GOAL_RATIO = 2.5
const SIZES = [1, 100, 10_000] as const

/** Told by the child itself at its end, over a pipe of its own; the same is asked of both sides. */
const tellUsage = `process.on('exit', () => require('node:fs').writeSync(3, JSON.stringify(process.resourceUsage())))`

interface Measured {
  wallMs: number
  cpuMs: number
  memoryMb: number
}

interface Runner {
  name: string
  run(): Measured
  results: Measured[]
}

function makeRunner(name: string, scratch: string, args: readonly string[], folder = scratch): Runner {
  const env = { PATH: process.env.PATH, HOME: scratch, KEYROTA_STATE: folder }
  const run = (): Measured => {
    const before = performance.now()
    const done = spawnSync(process.execPath, ['--require', join(scratch, 'tell-usage.cjs'), ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const wallMs = performance.now() - before
    if (done.status !== 0) throw new Error(`${name} ended with ${done.status}: ${done.stderr}`)
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(done.output[3] ?? '')
    return { wallMs, cpuMs: (userCPUTime + systemCPUTime) / 1_000, memoryMb: maxRSS / 1_024 }
  }
  return { name, run, results: [] }
}

/** A config of `inConfig` keys and a journal that knows `inJournal` of them and others. */
async function makeInstallation(scratch: string, inConfig: number, inJournal: number): Promise<string> {
  const folder = join(scratch, `keys-${inConfig}-${inJournal}`)
  mkdirSync(folder)
  const keys = Array.from({ length: inConfig }, (_, index) => describeKey(`key-${index}`))
  const head =
    'installation: k7f3\nissuers: { video: { type: ppt-video, account: studio } }\nstores: { dotenv: { type: env-file } }\nkeys:\n'
  writeFileSync(join(folder, 'keyrota.yaml'), head + keys.join(''))
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), machine)
  for (let index = 0; index < inJournal; index++) {
    const key = `key-${index}`
    const claim = await journal.claim(key, { holder: 'bench', leaseMs: 60_000 })
    if (claim === 'held') throw new Error(`${key} is claimed`)
    const record = newRecord(key, 'k7f3')
    const fingerprint = index.toString(16).padStart(16, '0')
    record.current = { fingerprint, since: claim.now, sinceFrom: 'store', adopted: true, versions: {} }
    await journal.commit(claim, { record, audit: [], release: true })
  }
  await journal.close()
  return folder
}

function describeKey(name: string): string {
  return `  ${name}:
    environment: production
    service: renderer
    owner: video-team
    issuer: video
    targets: [{ store: dotenv, secret: ${name}.env, field: PPT_API_KEY }]
`
}

function report(runner: Runner, bare: Runner): void {
  const of = (from: Runner, field: keyof Measured) => median(from.results.map((one) => one[field]))
  const cell = (field: keyof Measured) =>
    `${of(runner, field).toFixed(0).padStart(5)} ${`${(of(runner, field) / of(bare, field)).toFixed(2)}x`.padStart(7)}`
  console.log(`${runner.name.padEnd(34)} ${cell('cpuMs')} ${cell('wallMs')} ${cell('memoryMb')}`)
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const rounds = Number(positionals[0] ?? 15)
  const scratch = mkdtempSync(join(tmpdir(), 'keyrota-bench-'))
  try {
    writeFileSync(join(scratch, 'tell-usage.cjs'), tellUsage)
    const program = join(scratch, 'package')
    await buildPackage(program)
    const bare = makeRunner('node -e 0', scratch, ['-e', '0'])
    const runners = [bare]
    const status = [join(program, 'keyrota.js'), 'status']
    for (const size of SIZES) {
      const folder = await makeInstallation(scratch, 1, size)
      runners.push(makeRunner(`status, ${size} in the journal`, scratch, status, folder))
    }
    for (const size of SIZES.slice(1)) {
      const folder = await makeInstallation(scratch, size, size)
      runners.push(makeRunner(`status, ${size} in config and journal`, scratch, status, folder))
    }
    // The first start of all compiles; later ones read what it kept.
    const cold = makeRunner('status, the very first', scratch, status, join(scratch, 'keys-1-1'))
    cold.results.push(cold.run())
    for (const runner of runners) runner.run()
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) runner.results.push(runner.run())
    }
    console.log(
      `medians of ${rounds} rounds in turns; goal: ${GOAL_RATIO} times the CPU of node -e 0, flat over the journal`,
    )
    console.log(`${''.padEnd(34)} CPU ms    ratio wall ms  ratio  RSS MB  ratio`)
    for (const runner of [...runners, cold]) report(runner, bare)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

await main()
