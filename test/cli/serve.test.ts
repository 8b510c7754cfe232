/* The process that serves: from its start to SIGTERM, with its address, a changed config and commands beside it. */

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { KEY, sandboxIssuer } from './installation.ts'
import type { Ended } from './run-cli.ts'
import { type Stage, setStage } from './stage.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
const ended: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

interface Served {
  url: string
  said(): string
  signal(name: NodeJS.Signals): void
  done: Promise<Ended>
}

/** Starts `keyrota serve` and returns once it listens. */
async function serve(stage: Stage, args: readonly string[] = []): Promise<Served> {
  let child: ChildProcess | undefined
  let said = ''
  const done = stage.installation.run(['serve', '--listen', '127.0.0.1:0', ...args], {
    limitMs: 60_000,
    started: (process) => {
      child = process
      process.stderr?.on('data', (text: string) => {
        said += text
      })
    },
  })
  ended.push(async () => {
    child?.kill('SIGTERM')
    await done
  })
  const url = await until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0])
  return { url, said: () => said, signal: (name) => void child?.kill(name), done }
}

/** Asks again and again, for at most half a minute. */
async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await ask()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it did not come')
}

async function get(url: string, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`)
  return { status: response.status, text: await response.text() }
}

async function begin(): Promise<Stage> {
  const stage = await setStage(sandboxIssuer, cache)
  ended.push(() => stage.close())
  return stage
}

/** Replaces the config as an editor does. */
function rewrite({ installation }: Stage, change: (text: string) => string): void {
  const text = change(readFileSync(installation.config, 'utf8'))
  writeFileSync(`${installation.config}.new`, text)
  renameSync(`${installation.config}.new`, installation.config)
}

test('it says how it is, refuses a broken config, rotates by a changed one, and ends at SIGTERM with 0', async () => {
  const stage = await begin()
  const served = await serve(stage)
  await until(async () => ((await get(served.url, '/readyz')).status === 200 ? true : undefined))
  expect(await get(served.url, '/healthz')).toEqual({ status: 200, text: 'ok\n' })
  expect((await get(served.url, '/nothing')).status).toBe(404)
  expect((await fetch(`${served.url}/metrics`, { method: 'POST' })).status).toBe(405)
  expect((await get(served.url, '/metrics')).text).toContain(
    `keyrota_key_state{key="${KEY}",state="Current"} 1`,
  )

  rewrite(stage, (text) => text.replace('"every": "90d"', '"every": "never"'))
  const refused = await until(async () => {
    const ready = await get(served.url, '/readyz')
    return ready.status === 503 ? ready : undefined
  })
  expect(refused.text).toMatch(
    /^the changed config is refused, the old one stays: .*keyrota.yaml:\d+:\d+ .*every/,
  )
  expect((await get(served.url, '/metrics')).text).toContain('keyrota_config_reload_success 0')
  expect(stage.value()).toBe(stage.oldKey.value)

  rewrite(stage, (text) => text.replace('"every": "never"', '"every": "1s"'))
  await until(() => (stage.value() === stage.oldKey.value ? undefined : true))
  const metrics = await until(async () => {
    const { text } = await get(served.url, '/metrics')
    return /keyrota_rotations_total\{end="completed",reason="age"\} [1-9]/.test(text) ? text : undefined
  })
  expect(metrics).toContain('keyrota_config_reload_success 1')
  expect(metrics).toMatch(
    /keyrota_provider_request_duration_seconds_count\{provider="gateway",verb="issue",code="ok"\} \d/,
  )
  served.signal('SIGTERM')
  const { code, stderr } = await served.done
  expect(stderr).toContain('the changed config is taken: keys: 1 changed')
  expect(code).toBe(0)
  for (const value of [stage.oldKey.value, stage.value()]) expect(metrics + stderr).not.toContain(value)
})

test('a rotation that a person asks for beside it goes through, and it notices the end of it', async () => {
  const stage = await begin()
  const served = await serve(stage)
  await until(async () => ((await get(served.url, '/readyz')).status === 200 ? true : undefined))
  /** Between which two moments the key in use was created, in seconds; NaN until it is adopted. */
  const bornOf = async () => {
    const asked = Date.now()
    const { text } = await get(served.url, '/metrics')
    const age = Number(/keyrota_key_age_seconds\{key="renderer-prod"\} (\S+)/.exec(text)?.[1])
    return { least: asked / 1_000 - age, most: Date.now() / 1_000 - age }
  }
  const before = await until(async () => {
    const born = await bornOf()
    return Number.isNaN(born.most) ? undefined : born
  })
  const { code } = await stage.installation.run(['rotate', KEY, '--wait', '20s'])
  expect(code).toBe(0)
  await until(async () => ((await bornOf()).least > before.most ? true : undefined))
  served.signal('SIGTERM')
  expect((await served.done).code).toBe(0)
})

test('an address for leak reports that is taken ends it, although the other one is free', async () => {
  const stage = await begin()
  const config = join(stage.installation.folder, 'keyrota.yaml')
  const document = JSON.parse(readFileSync(config, 'utf8'))
  document.receivers = { scripts: { type: 'generic', bearer: { env: 'REPORT_TOKEN' } } }
  writeFileSync(config, JSON.stringify(document))
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const args = ['serve', '--listen', '127.0.0.1:0', '--receive', `127.0.0.1:${port}`]
  const { code, stderr } = await stage.installation.run(args, { limitMs: 20_000 })
  other.close()
  expect([code, stderr]).toEqual([4, expect.stringContaining('(EADDRINUSE)')])
})
