import { mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application, Opened, RunningSandbox } from '../cli/application.ts'
import { FIELD, writeConfig } from './config-text.ts'
import { type ConsumerProcess, startConsumer } from './consumer-process.ts'
import { createKey } from './person.ts'

/** How long the commands of the demo wait for short things before they leave the rest to a later run. */
const WAIT_MS = 30_000

/** Everything that a scene uses. */
export interface Stage {
  /** Outside the checkout. It is kept, for people who want to look. */
  folder: string
  sandbox: RunningSandbox
  consumers: { renderer: ConsumerProcess; trailers: ConsumerProcess }
  opened: Opened
  stop: AbortSignal
}

export type DemoKey = keyof Stage['consumers']

/** How to take down what has been set up so far, whatever happens. */
export type Closing = (() => Promise<unknown>)[]

/**
 * Starts the sandbox, creates a key for each consumer as a person would, and opens Keyrota with a config of its own, all
 * in a new temporary folder. `closing` always holds how to stop what has been started, last one first.
 */
export async function setStage(
  application: Application,
  stop: AbortSignal,
  closing: Closing,
): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'keyrota-demo-')))
  const tokenFile = join(folder, 'management-token')
  const sandbox = await application.startSandbox({ port: 0, faults: [], tokenFile })
  closing.unshift(() => sandbox.close())
  const consumers = {
    renderer: await startWithKey(sandbox, folder, 'renderer', closing),
    trailers: await startWithKey(sandbox, folder, 'trailers', closing),
  }
  const config = join(folder, 'keyrota.yaml')
  const text = writeConfig({
    gateway: sandbox.url,
    dashboard: sandbox.dashboardUrl,
    tokenFile,
    consumers: { renderer: consumers.renderer.url, trailers: consumers.trailers.url },
  })
  await writeFile(config, text)
  // The state of the demo stays in its folder, whatever KEYROTA_STATE the user has set.
  const opened = await application.open({ config, waitMs: WAIT_MS, stop, env: {} })
  closing.unshift(() => opened.close())
  return { folder, sandbox, consumers, opened, stop }
}

/** A service without Keyrota: somebody created its key at the dashboard and wrote it into an env file. */
async function startWithKey(
  sandbox: RunningSandbox,
  folder: string,
  name: DemoKey,
  closing: Closing,
): Promise<ConsumerProcess> {
  const envFile = join(folder, `${name}.env`)
  const value = await createKey(sandbox.dashboardUrl, `${name} (created by hand)`)
  await writeFile(envFile, `# ${name}\nLOG_LEVEL=info\n${FIELD}=${value}\n`, { mode: 0o600 })
  const consumer = await startConsumer(name, { envFile, field: FIELD, gateway: sandbox.url })
  closing.unshift(() => consumer.kill())
  return consumer
}
