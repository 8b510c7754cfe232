/* A leak is reported to the process that serves: how long until the key is refused, and until that is proved. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { findLeaks, type Sink } from './canary/search.ts'
import { readJournal, readJournalFiles } from './canary/state-sinks.ts'
import { KEY, sandboxIssuer } from './installation.ts'
import { fingerprint } from './polling-consumer.ts'
import { type Stage, setStage } from './stage.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
const ended: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const TOKEN = 'token-of-the-one-who-reports'
const FOREIGN = 'ppt_live_somebody_elses_0123456789abcdef'

async function until<T>(ask: () => Promise<T | undefined> | T | undefined, said = () => ''): Promise<T> {
  for (const giveUpAt = performance.now() + 60_000; performance.now() < giveUpAt; ) {
    const found = await ask()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`it did not come\n${said()}`)
}

/** Adds a receiver that rotates, and starts the process. */
async function serve(stage: Stage) {
  const { installation } = stage
  const document = JSON.parse(readFileSync(installation.config, 'utf8'))
  document.receivers = { scanner: { type: 'generic', bearer: { env: 'REPORT_TOKEN' }, policy: 'rotate' } }
  writeFileSync(installation.config, JSON.stringify(document, null, 2))
  let said = ''
  let stop = () => {}
  const addresses = ['--listen', '127.0.0.1:0', '--receive', '127.0.0.1:0']
  const done = installation.run(['serve', ...addresses, '--config', installation.config], {
    env: { ...installation.env, REPORT_TOKEN: TOKEN },
    limitMs: 120_000,
    started: (child) => {
      stop = () => void child.kill('SIGTERM')
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (text) => {
          said += text
        })
    },
  })
  const end = () => {
    stop()
    return done
  }
  ended.push(end)
  const receive = await until(() => /(http:\/\/127\.0\.0\.1:\d+)\/leaks/.exec(said)?.[1])
  const metrics = /(http:\/\/127\.0\.0\.1:\d+)\/healthz/.exec(said)?.[1] ?? ''
  return { receive, metrics, said: () => said, end }
}

test('a key that is reported is refused within a minute, unattended, and proved dead within half of one', async () => {
  const stage = await setStage(sandboxIssuer, cache)
  ended.push(() => stage.close())
  const served = await serve(stage)
  const old = stage.oldKey.value
  const post = (body: object, token = TOKEN) =>
    fetch(`${served.receive}/leaks/scanner`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
  const url = `https://paste.example.com/raw?key=${old}`
  expect((await post({ value: `KEY=${old}`, url }, 'a-token-that-is-not-the-right-one')).status).toBe(401)
  expect((await post({ value: FOREIGN })).status).toBe(202)
  expect(stage.live()).toEqual([fingerprint(old)])

  const reportedAt = performance.now()
  expect((await post({ value: `KEY=${old}`, url, source: 'a scanner' })).status).toBe(202)
  await until(() => (stage.live().includes(fingerprint(old)) ? undefined : true), served.said)
  const refusedMs = performance.now() - reportedAt
  await until(async () => ((await stage.load())?.rotation === null ? true : undefined))
  expect((await stage.load())?.last).toMatchObject({ end: 'completed', reason: 'compromised' })
  expect(stage.value()).not.toBe(old)
  expect(Object.keys(stage.consumer.statuses)).toEqual(['422'])

  const askedAt = performance.now()
  const proved = await stage.installation.run(['prove', KEY, '--old', '--json'], { input: `${old}\n` })
  const provedMs = performance.now() - askedAt
  expect(proved.code).toBe(0)
  process.stdout.write(
    `leak reported: refused after ${Math.round(refusedMs)} ms, proved after ${Math.round(provedMs)} ms more\n`,
  )
  expect(refusedMs).toBeLessThan(60_000)
  expect(provedMs).toBeLessThan(30_000)

  const shown = await (await fetch(`${served.metrics}/metrics`)).text()
  expect(shown).toContain('keyrota_leak_reports_total{receiver="scanner",result="taken"} 2')
  expect(shown).toContain('keyrota_leak_reports_total{receiver="scanner",result="refused"} 1')
  const sinks: Sink[] = [
    { name: 'metrics', bytes: Buffer.from(shown) },
    { name: 'proof', bytes: Buffer.from(proved.stdout + proved.stderr) },
    ...readJournal(stage.installation),
    ...readJournalFiles(stage.installation),
  ]
  expect((await served.end()).code).toBe(0)
  sinks.push({ name: 'output of serve', bytes: Buffer.from(served.said()) })
  const secrets = [
    { name: 'old key', value: old },
    { name: 'new key', value: stage.value() },
    { name: 'foreign value', value: FOREIGN },
    { name: 'token', value: TOKEN },
  ]
  expect(findLeaks(sinks, secrets)).toEqual([])
})
