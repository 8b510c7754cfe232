import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseEnv } from 'node:util'
import { fingerprintPart } from '../contracts/fingerprint.ts'
import { SecretValue } from '../contracts/secret-value.ts'

/** What a consumer is started with. It reads the key itself, from the file. */
export interface ConsumerOptions {
  envFile: string
  field: string
  gateway: string
}

/** What a consumer reports at its health URL. */
export interface Report {
  /** Of the key in memory, not of the one in the file. */
  fingerprint: string
  /** ISO 8601: when the key in memory was read. */
  startedAt: string
  starts: number
  /** Calls to the gateway by outcome. */
  calls: { done: number; refused: number; other: number }
}

/** Messages between the demo and its consumers, over the channel of their processes. */
export type Order = { order: 'fail-next-start' } | { order: 'stop' }
export type Notice = { notice: 'listening'; url: string } | { notice: 'stopped'; report: Report }

interface Work {
  options: ConsumerOptions
  key: string
  report: Report
  isFailing: boolean
  failsNextStart: boolean
  isStopped: boolean
  /** The current call. */
  currentCall: Promise<void>
}

const PATH = '/api/v1/generation/google/veo-3.1'
const PAUSE_MS = 10
const CALL_LIMIT_MS = 5_000

/**
 * A small workload in a process of its own: it reads its key from an env file when it starts and when it is asked to
 * restart, calls the gateway continuously, and serves a health URL. It stops when asked to, or with its parent.
 * @throws Error if the file cannot be read or has no key
 */
export async function runConsumer(options: ConsumerOptions): Promise<void> {
  const work: Work = {
    options,
    key: '',
    report: { fingerprint: '', startedAt: '', starts: 0, calls: { done: 0, refused: 0, other: 0 } },
    isFailing: false,
    failsNextStart: false,
    isStopped: false,
    currentCall: Promise.resolve(),
  }
  await start(work)
  const server = await serve(work)
  // Ctrl-C in a terminal reaches all processes of the group. The demo stops its consumers itself, after their last call.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => process.exit())
  process.on('message', (message: Order) => {
    if (message.order === 'fail-next-start') work.failsNextStart = true
    else work.isStopped = true
  })
  send({ notice: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  while (!work.isStopped) {
    work.currentCall = callGateway(work)
    await work.currentCall
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  server.close()
  server.closeAllConnections()
  send({ notice: 'stopped', report: work.report })
}

function send(notice: Notice): void {
  process.send?.(notice)
}

/** Reads the key from the file. Returns once no call uses the previous one. */
async function start(work: Work): Promise<void> {
  const { envFile, field } = work.options
  const key = parseEnv(await readFile(envFile, 'utf8'))[field]
  if (!key) throw new Error(`${envFile} has no ${field}`)
  work.key = key
  work.report.fingerprint = fingerprintPart(new SecretValue(key))
  work.report.startedAt = new Date().toISOString()
  work.report.starts += 1
  work.isFailing = work.failsNextStart
  work.failsNextStart = false
  await work.currentCall
}

async function callGateway({ options, key, report }: Work): Promise<void> {
  try {
    const response = await fetch(`${options.gateway}${PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a lighthouse at dusk, waves against the rocks' }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
    await response.arrayBuffer()
    if (response.ok) report.calls.done += 1
    else if (response.status === 401) report.calls.refused += 1
    else report.calls.other += 1
  } catch (error) {
    if (!(error instanceof Error)) throw error
    report.calls.other += 1
  }
}

async function serve(work: Work): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'GET' && request.url === '/health') serveHealth(work, response)
    else if (request.method === 'POST' && request.url === '/restart') void restart(work, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1' }, resolve)
  })
  return server
}

function serveHealth(work: Work, response: ServerResponse): void {
  response.writeHead(work.isFailing ? 500 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(work.report))
}

async function restart(work: Work, response: ServerResponse): Promise<void> {
  try {
    await start(work)
    response.writeHead(204).end()
  } catch (error) {
    // This response and the health URL report the failure. The process continues with the key it has.
    work.isFailing = true
    response.writeHead(500).end(error instanceof Error ? error.name : '')
  }
}
