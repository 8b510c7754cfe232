/**
 * How long a one-shot takes from its start to its first request: `node test/bench/first-call.ts [rounds]`. `keyrota rotate`
 * with a target in a Kubernetes Secret against a program of a few lines that asks for the same Secret with the same
 * client, bundled in the same way, and against a bare `node -e 0`, in turns. Everything has its compiled code at hand, as
 * in the image. Goal: 1.2 times the program of a few lines.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { BANNER, buildProgram } from '../../.ci/build.ts'
import { median } from './median.ts'

const GOAL_RATIO = 1.2
const WARM_ROUNDS = 2
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Runner {
  name: string
  args: readonly string[]
  /** Milliseconds until its first request, or until its end if it makes none. */
  results: number[]
}

/** The same request by the same client, without Keyrota. */
const fewLines = `
  import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
  const config = new KubeConfig()
  config.loadFromFile(process.argv[2])
  const api = config.makeApiClient(CoreV1Api)
  await api.readNamespacedSecret({ name: 'app', namespace: 'shop' }).catch((error) => void (process.exitCode = error.code ? 0 : 1))
`

/** Asks how many milliseconds passed until the first request, and stops the program then. */
async function measure(runner: Runner, server: Server, scratch: string): Promise<number> {
  const env = { PATH: process.env.PATH, HOME: scratch, NODE_COMPILE_CACHE: join(scratch, 'code') }
  const before = performance.now()
  const child = spawn(process.execPath, runner.args, { cwd: scratch, env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const first = once(server, 'request').then(() => performance.now() - before)
  const tookMs = await Promise.race([first, ended.then(() => performance.now() - before)])
  // It has to end by itself, or Node does not keep what it compiled.
  await ended
  server.removeAllListeners('request')
  return tookMs
}

function writeFiles(scratch: string, address: string): void {
  const cluster = { server: address, 'insecure-skip-tls-verify': true }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [{ name: 'bench', cluster }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  }
  const config = {
    installation: 'k7f3',
    stateFolder: 'state',
    issuers: { video: { type: 'ppt-video', account: 'studio' } },
    stores: { cluster: { type: 'kubernetes-secret', kubeconfig: './kubeconfig' } },
    keys: {
      renderer: {
        environment: 'production',
        service: 'renderer',
        owner: 'video-team',
        issuer: 'video',
        targets: [{ store: 'cluster', secret: 'shop/app', field: 'API_KEY' }],
      },
    },
  }
  writeFileSync(join(scratch, 'kubeconfig'), JSON.stringify(kubeconfig), { mode: 0o600 })
  writeFileSync(join(scratch, 'keyrota.yaml'), JSON.stringify(config))
}

async function buildFewLines(scratch: string): Promise<string> {
  const outfile = join(scratch, 'few-lines.mjs')
  await build({
    absWorkingDir: root,
    stdin: { contents: fewLines, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    banner: { js: BANNER },
    define: { __filename: 'keyrotaFilename', __dirname: 'keyrotaDirname' },
    minifySyntax: true,
    minifyWhitespace: true,
  })
  return outfile
}

function report(runners: readonly Runner[]): void {
  const [bare, few] = runners.map(({ results }) => median(results))
  if (bare === undefined || few === undefined) throw new Error('nothing was measured')
  console.log(`${''.padEnd(34)}    ms   to node -e 0   to the few lines (goal: ${GOAL_RATIO})`)
  for (const { name, results } of runners) {
    const ms = median(results)
    console.log(
      `${name.padEnd(34)} ${ms.toFixed(0).padStart(5)} ${`${(ms / bare).toFixed(2)}x`.padStart(13)} ${`${(ms / few).toFixed(2)}x`.padStart(14)}`,
    )
  }
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const rounds = Number(positionals[0] ?? 15)
  const scratch = mkdtempSync(join(tmpdir(), 'keyrota-bench-'))
  const server = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}')
  })
  const answer = server.listeners('request')[0] as () => void
  try {
    server.listen(0, '127.0.0.1').setMaxListeners(0)
    await once(server, 'listening')
    mkdirSync(join(scratch, 'code'))
    writeFiles(scratch, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const program = join(scratch, 'program')
    await buildProgram(program)
    const few = await buildFewLines(scratch)
    const runners: Runner[] = [
      { name: 'node -e 0', args: ['-e', '0'], results: [] },
      { name: 'the few lines', args: [few, join(scratch, 'kubeconfig')], results: [] },
      {
        name: 'keyrota rotate',
        args: [join(program, 'keyrota.js'), 'rotate', 'renderer', '--wait', '1ms'],
        results: [],
      },
    ]
    for (let round = 0; round < rounds + WARM_ROUNDS; round++) {
      for (const runner of runners) {
        server.on('request', answer)
        const tookMs = await measure(runner, server, scratch)
        if (round >= WARM_ROUNDS) runner.results.push(tookMs)
      }
    }
    report(runners)
  } finally {
    server.close()
    server.closeAllConnections()
    rmSync(scratch, { recursive: true })
  }
}

await main()
