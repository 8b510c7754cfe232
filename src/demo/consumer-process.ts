import { type ChildProcess, spawn } from 'node:child_process'
import { CONSUMER_VERB } from '../cli/demo.ts'
import type { ConsumerOptions, Notice, Order, Report } from './consumer.ts'

const RESPONSE_LIMIT_MS = 15_000

/** A consumer of the demo, in a process of its own. */
export interface ConsumerProcess {
  readonly name: string
  /** Where it serves `/health` and `/restart`. */
  readonly url: string
  readonly pid: number
  /** @throws Error if it does not respond */
  report(): Promise<Report>
  /** Makes its next start fail: its health URL then returns 500. */
  failNextStart(): Promise<void>
  /** Stops it after its current call and returns its last report. */
  stop(): Promise<Report>
  /** Kills it. Harmless if it has already ended. */
  kill(): Promise<void>
}

/**
 * Starts the consumer with this program, so that it works from the sources and from the bundle.
 * @throws Error if it ends or sends nothing instead of listening
 */
export async function startConsumer(name: string, options: ConsumerOptions): Promise<ConsumerProcess> {
  const program = process.argv[1] ?? ''
  const words = ['--key-file', options.envFile, '--field', options.field, '--gateway', options.gateway]
  const child = spawn(process.execPath, [...process.execArgv, program, CONSUMER_VERB, ...words], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const { url } = await waitFor(child, name, 'listening')
    return {
      name,
      url,
      pid: child.pid ?? 0,
      report: () => askReport(url),
      failNextStart: () => order(child, { order: 'fail-next-start' }),
      stop: () => stop(child, name),
      kill: () => kill(child),
    }
  } catch (error) {
    await kill(child)
    throw error
  }
}

/** Waits for a notice from the consumer. */
function waitFor<N extends Notice['notice']>(
  child: ChildProcess,
  name: string,
  wanted: N,
): Promise<Extract<Notice, { notice: N }>> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => finish(() => reject(new Error(`the consumer ${name} ${what}`)))
    const timer = setTimeout(() => fail(`sent nothing within ${RESPONSE_LIMIT_MS} ms`), RESPONSE_LIMIT_MS)
    timer.unref()
    const onMessage = (notice: Notice) => {
      if (notice.notice === wanted) finish(() => resolve(notice as Extract<Notice, { notice: N }>))
    }
    const onExit = () => fail('has ended')
    const onError = (error: Error) => fail(`could not be started: ${error.message}`)
    function finish(settle: () => void): void {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit).off('error', onError)
      settle()
    }
    child.on('message', onMessage).on('exit', onExit).on('error', onError)
  })
}

function order(child: ChildProcess, message: Order): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(message, (error) => (error ? reject(error) : resolve()))
  })
}

async function askReport(url: string): Promise<Report> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(RESPONSE_LIMIT_MS) })
  return (await response.json()) as Report
}

async function stop(child: ChildProcess, name: string): Promise<Report> {
  const [{ report }] = await Promise.all([waitFor(child, name, 'stopped'), order(child, { order: 'stop' })])
  child.disconnect()
  await waitForExit(child)
  return report
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  child.kill('SIGKILL')
  await waitForExit(child)
}

async function waitForExit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('exit', resolve))
}
