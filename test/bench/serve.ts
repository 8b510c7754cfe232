/**
 * What a process that serves keeps: `node test/bench/serve.ts [keys…]`. The built program serves a config of so many
 * keys in env files with a journal in SQLite; once all are adopted its resident memory is read, against that of a bare
 * Node in the same minute, and after an idle minute the calls of the journal in it are counted. Goals: 5,000 keys take
 * no more than 150 MB beyond one key, and an idle minute has no call.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { buildPackage } from '../../.ci/build.ts'
import { writeKeysConfig } from './keys-config.ts'

const SIZES = [1, 5_000]
const GOAL_MORE_MB = 150
const IDLE_MS = 60_000
const LIMIT_MS = 900_000

interface Measured {
  keys: number
  startMs: number
  adoptionMs: number
  residentMb: number
  scrapeMs: number
  scrapeKb: number
  idleCalls: number
  idleCpuMs: number
}

/** Resident memory of a process, as the kernel counts it. */
function residentMb(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0)
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 100_000) said += text
  })
  const limit = performance.now() + LIMIT_MS
  while (performance.now() < limit && child.exitCode === null) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
    if (url) return url
    await pause(10)
  }
  throw new Error(`it does not listen: ${said.slice(0, 2_000)}`)
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

async function measure(program: string, keys: number): Promise<Measured> {
  const scratch = mkdtempSync(join(tmpdir(), 'keyrota-bench-'))
  writeKeysConfig(scratch, keys)
  const env = { PATH: process.env.PATH, HOME: scratch, KEYROTA_STATE: join(scratch, 'state') }
  const args = [
    program,
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--config',
    join(scratch, 'keyrota.yaml'),
    '--quiet',
  ]
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env, cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const url = await addressOf(child)
    const startMs = performance.now() - startedAt
    await untilAdopted(url, keys)
    const adoptionMs = performance.now() - startedAt - startMs
    // What the adoption needed for a moment is given back, or not.
    await pause(10_000)
    const before = await metricsOf(url)
    await pause(IDLE_MS)
    const scrapeAt = performance.now()
    const after = await metricsOf(url)
    const calls = /^keyrota_journal_requests_total\{.*\} (\d+)$/gm
    const cpu = /^process_cpu_seconds_total (\S+)$/gm
    return {
      keys,
      startMs,
      adoptionMs,
      residentMb: residentMb(child),
      scrapeMs: performance.now() - scrapeAt,
      scrapeKb: Buffer.byteLength(after) / 1_024,
      idleCalls: sum(after, calls) - sum(before, calls),
      idleCpuMs: (sum(after, cpu) - sum(before, cpu)) * 1_000,
    }
  } finally {
    await stop(child)
    rmSync(scratch, { recursive: true })
  }
}

async function untilAdopted(url: string, keys: number): Promise<void> {
  const limit = performance.now() + LIMIT_MS
  while (performance.now() < limit) {
    const current = (await metricsOf(url)).match(/^keyrota_key_state\{.*state="Current"\} 1$/gm)?.length ?? 0
    if (current >= keys) return
    await pause(2_000)
  }
  throw new Error('the keys were not adopted in time')
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  const code = await ended
  if (code !== 0) throw new Error(`it ended with ${code}`)
}

async function measureBareMb(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  try {
    await pause(1_000)
    return residentMb(child)
  } finally {
    child.kill()
  }
}

const { positionals } = parseArgs({ allowPositionals: true })
const built = mkdtempSync(join(tmpdir(), 'keyrota-built-'))
try {
  await buildPackage(built)
  const bareMb = await measureBareMb()
  console.log(`bare Node keeps ${bareMb.toFixed(0)} MB`)
  const results: Measured[] = []
  for (const keys of positionals.length > 0 ? positionals.map(Number) : SIZES) {
    const one = await measure(join(built, 'keyrota.js'), keys)
    results.push(one)
    console.log(
      `${keys} keys: ${one.residentMb.toFixed(0)} MB (${(one.residentMb / bareMb).toFixed(2)} times bare), listens after ${one.startMs.toFixed(0)} ms, adopts in ${one.adoptionMs.toFixed(0)} ms`,
    )
    console.log(
      `  idle minute: ${one.idleCalls} calls of the journal, CPU ${one.idleCpuMs.toFixed(0)} ms; one scrape ${one.scrapeMs.toFixed(0)} ms, ${one.scrapeKb.toFixed(0)} KB`,
    )
  }
  const [first, last] = [results[0], results.at(-1)]
  if (first && last && first !== last)
    console.log(
      `${last.keys - first.keys} more keys keep ${(last.residentMb - first.residentMb).toFixed(0)} MB more (goal ${GOAL_MORE_MB})`,
    )
} finally {
  rmSync(built, { recursive: true })
}
