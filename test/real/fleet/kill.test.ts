/*
 * Three hundred keys that leaked, each in AWS Secrets Manager and in OpenBao, with 20 ms to every service: one command
 * replaces them. It is killed twice in between, and a reader that takes the keys out of the stores all the time never gets
 * one that the gateway refuses.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { eventsIn, type FleetOnDisk, makeFleetOnDisk, type Placing } from '../../shared/rigs/fleet/rig.ts'
import { makeAwsFixture } from '../../shared/stand-ins/aws/store-fixture.ts'
import { VaultServer } from '../../shared/stand-ins/vault/server.ts'

const COUNT = 300
const LATENCY_MS = 20
/** A machine that does much else beside it takes several times the three minutes of an idle one. */
const LIMIT_MS = 900_000
const READ_EVERY_MS = 100
const FIELD = 'KEY'

const cleanups: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean()
})

/** Requests of Keyrota to each server. */
const proxies: FaultProxy[] = []

async function slowDown(upstream: string) {
  const proxy = await startFaultProxy({ upstream })
  proxies.push(proxy)
  proxy.arm({ action: { kind: 'delay', delayMs: LATENCY_MS }, times: Number.POSITIVE_INFINITY })
  cleanups.push(() => proxy.close())
  return proxy
}

const region = requireEnv('KEYROTA_TEST_AWS_REGION')
const vault = new VaultServer()

async function inLots<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += 20)
    results.push(...(await Promise.all(items.slice(at, at + 20).map(work))))
  return results
}

interface Placed extends Placing {
  read(at: number): Promise<string[]>
}

async function placeInStores(values: readonly string[]): Promise<Placed> {
  const aws = await makeAwsFixture({
    endpoint: requireEnv('KEYROTA_TEST_AWS_ENDPOINT'),
    region,
    principals: {
      admin: {
        id: requireEnv('KEYROTA_TEST_AWS_ACCESS_KEY_ID'),
        secret: requireEnv('KEYROTA_TEST_AWS_SECRET_ACCESS_KEY'),
      },
    },
    hasEmptySecrets: true,
  })
  cleanups.push(() => aws.close())
  const places = await inLots(values, async (value) => ({
    aws: await aws.newSecret({ SIBLING: 'stays', [FIELD]: value }),
    vault: await vault.newSecret({ SIBLING: 'stays', [FIELD]: value }),
  }))
  const read = async (at: number) => {
    const place = places[at]
    if (!place) return []
    const fields = [await aws.rawRead(place.aws), await vault.readFields(place.vault)]
    return fields.map((one) => (one as Record<string, string>)[FIELD] ?? '')
  }
  const [awsUrl, vaultUrl] = [
    (await slowDown(requireEnv('KEYROTA_TEST_AWS_ENDPOINT'))).url,
    (await slowDown(vault.address)).url,
  ]
  return {
    stores: {
      aws: { type: 'aws-secrets-manager', region, endpoint: awsUrl, profile: 'admin', settle: '50ms' },
      vault: {
        type: 'vault',
        address: vaultUrl,
        auth: { token: { env: 'KEYROTA_TEST_VAULT_TOKEN' } },
        settle: '50ms',
      },
    },
    targets: (at) => [
      { store: 'aws', secret: places[at]?.aws, field: FIELD },
      { store: 'vault', secret: places[at]?.vault, field: FIELD },
    ],
    held: async () => (await inLots([...places.keys()], read)).flat(),
    read,
  }
}

/** Takes keys out of the stores and calls the gateway with them, as programs do that start just now. */
function startReader(fleet: FleetOnDisk, placed: Placed) {
  const calls = { accepted: 0, refused: [] as string[] }
  let isOver = false
  const call = async (key: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const path = '/api/v1/generation/google/veo-3.1'
    const answer = await fetch(fleet.gateway.url + path, { method: 'POST', headers, body: '{"prompt":[]}' })
    await answer.arrayBuffer()
    return answer.status
  }
  const readOne = async (at: number) => {
    for (const [side, value] of (await placed.read(at)).entries()) {
      if ((await call(value)) === 422) calls.accepted += 1
      // On a busy machine it may have been replaced between the read and the call; then it is not there any more.
      else if ((await placed.read(at))[side] === value) calls.refused.push(`key-${at} ${side}`)
    }
  }
  const reading = (async () => {
    for (let at = 0; !isOver; at = (at + 7) % COUNT) {
      await readOne(at)
      await pause(READ_EVERY_MS)
    }
  })()
  return {
    calls,
    stop: async () => {
      isOver = true
      await reading
    },
  }
}

test(
  'killed twice, the campaign replaces every key once',
  async () => {
    let placed: Placed | undefined
    const keep = async (values: readonly string[]) => {
      placed = await placeInStores(values)
      return placed
    }
    const fleet = await makeFleetOnDisk(COUNT, {
      place: keep,
      reach: async (gateway) => (await slowDown(gateway)).url,
      env: () => ({
        AWS_SHARED_CREDENTIALS_FILE: process.env.AWS_SHARED_CREDENTIALS_FILE ?? '',
        AWS_CONFIG_FILE: process.env.AWS_CONFIG_FILE ?? '',
        KEYROTA_TEST_VAULT_TOKEN: vault.rootToken,
      }),
      config: { fleet: { atOnce: 50 } },
      defaults: { callLimit: '8s', lease: '12s', retryMax: '2s', giveUp: '10m' },
    })
    cleanups.push(() => fleet.close())
    if (!placed) throw new Error('nothing was placed')
    const reader = startReader(fleet, placed)
    for (const proxy of proxies) proxy.forget()
    const began = performance.now()
    const killAfter = (done: number) => ({
      limitMs: LIMIT_MS,
      started: (child: import('node:child_process').ChildProcess) => {
        let seen = 0
        child.stdout?.on('data', (text: string) => {
          seen += text.split('"state":"done"').length - 1
          if (seen >= done) child.kill('SIGKILL')
        })
      },
    })
    const all = [
      'rotate',
      '--all',
      '--compromised',
      '--break-glass',
      '--yes',
      String(COUNT),
      '--json',
      '--reason',
      'a test',
    ]
    const first = await fleet.run(all, killAfter(60))
    expect(first.signal, first.stderr + first.stdout.slice(-3_000)).toBe('SIGKILL')
    const id = String(
      eventsIn({ ...first, stdout: first.stdout.slice(0, first.stdout.lastIndexOf('\n')) })[1]?.campaign,
    )
    const resume = ['campaign', 'resume', id, '--json']
    expect((await fleet.run(resume, killAfter(60))).signal).toBe('SIGKILL')
    const last = await fleet.run(resume, { limitMs: LIMIT_MS })
    const tookMs = performance.now() - began
    await reader.stop()
    expect(last.code, last.stderr + last.stdout.slice(-2_000)).toBe(0)
    const report = eventsIn(last).at(-1) as unknown as {
      keys: { state: string; replaced: { oldIs: string } }[]
    }
    expect(report).toMatchObject({ state: 'done', counts: { done: COUNT, failed: 0 } })
    for (const key of report.keys)
      expect(key).toMatchObject({ state: 'done', replaced: { oldIs: 'revoked' } })
    const held = await fleet.held()
    expect(new Set(held).size).toBe(COUNT)
    for (const value of fleet.oldValues) expect(held).not.toContain(value)
    expect(fleet.live()).toBe(COUNT)
    expect(reader.calls.refused).toEqual([])
    expect(reader.calls.accepted).toBeGreaterThan(COUNT)
    for (const value of [...held, ...fleet.oldValues])
      for (const { stdout, stderr } of [first, last]) expect((stdout + stderr).includes(value)).toBe(false)
    console.log(
      `${COUNT} keys in ${Math.round(tookMs / 1_000)} s, ${reader.calls.accepted} calls accepted meanwhile; requests to AWS, OpenBao, gateway: ${proxies.map((proxy) => proxy.count()).join(', ')}`,
    )
  },
  2 * LIMIT_MS,
)
