/**
 * What a run over many keys costs: `node test/bench/idle-run.ts [keys...]`. The built program, the SQLite journal, keys in
 * env files and an issuer that nothing listens for: the adoption of all of them, a run of which nothing is due, and `keyrota
 * status` as the baseline of the start. Goals for 10,000 keys: adoption within a minute, an idle run within 1.5 s and
 * twice the start, and no request to the issuer.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { buildPackage } from '../../.ci/build.ts'
import { writeKeysConfig } from './keys-config.ts'
import { median } from './median.ts'

const SIZES = [1, 1_000, 10_000]
const ROUNDS = 3
const GOALS = { adoptionMs: 60_000, idleMs: 1_500, ratio: 2 }

/** Told by the child itself at its end, over a pipe of its own. */
const tellUsage = `process.on('exit', () => require('node:fs').writeSync(3, JSON.stringify(process.resourceUsage())))`

interface Measured {
  wallMs: number
  cpuMs: number
}

function runProgram(scratch: string, program: string, args: readonly string[]): Measured {
  const env = { PATH: process.env.PATH, HOME: scratch, KEYROTA_STATE: join(scratch, 'state') }
  const before = performance.now()
  const done = spawnSync(
    process.execPath,
    [
      '--require',
      join(scratch, 'tell-usage.cjs'),
      program,
      ...args,
      '--config',
      join(scratch, 'keyrota.yaml'),
    ],
    { env, cwd: scratch, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 30 },
  )
  const wallMs = performance.now() - before
  if (done.status !== 0)
    throw new Error(`${args.join(' ')} ended with ${done.status}: ${String(done.stderr).slice(0, 2_000)}`)
  const usage = JSON.parse(String(done.output[3])) as NodeJS.ResourceUsage
  return { wallMs, cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1_000 }
}

/** Adopted keys come due over the whole of `every`: all of them are young here, so that nothing is due. */
function makeYoung(path: string): void {
  const database = new DatabaseSync(path)
  database.prepare("UPDATE managed_keys SET record = json_set(record, '$.current.since', ?)").run(Date.now())
  database.close()
}

function measure(program: string, keys: number): void {
  const scratch = mkdtempSync(join(tmpdir(), 'keyrota-bench-'))
  try {
    writeFileSync(join(scratch, 'tell-usage.cjs'), tellUsage)
    writeKeysConfig(scratch, keys)
    runProgram(scratch, program, ['status', '--json'])
    const adoption = runProgram(scratch, program, ['run'])
    makeYoung(join(scratch, 'state', 'journal.sqlite'))
    const idle: Measured[] = []
    const start: Measured[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      idle.push(runProgram(scratch, program, ['run']))
      start.push(runProgram(scratch, program, ['status']))
    }
    const of = (all: readonly Measured[], what: keyof Measured) => median(all.map((one) => one[what]))
    const ratio = of(idle, 'wallMs') / of(start, 'wallMs')
    console.log(`${keys} keys`)
    console.log(
      `  adoption  ${adoption.wallMs.toFixed(0)} ms (goal ${GOALS.adoptionMs}), CPU ${adoption.cpuMs.toFixed(0)} ms, ${(adoption.wallMs / keys).toFixed(2)} ms a key`,
    )
    console.log(
      `  idle run  ${of(idle, 'wallMs').toFixed(0)} ms (goal ${GOALS.idleMs}), CPU ${of(idle, 'cpuMs').toFixed(0)} ms`,
    )
    console.log(
      `  status    ${of(start, 'wallMs').toFixed(0)} ms, CPU ${of(start, 'cpuMs').toFixed(0)} ms; the idle run is ${ratio.toFixed(2)} times that (goal ${GOALS.ratio})`,
    )
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const { positionals } = parseArgs({ allowPositionals: true })
const built = mkdtempSync(join(tmpdir(), 'keyrota-built-'))
try {
  await buildPackage(built)
  for (const keys of positionals.length > 0 ? positionals.map(Number) : SIZES)
    measure(join(built, 'keyrota.js'), keys)
} finally {
  rmSync(built, { recursive: true })
}
