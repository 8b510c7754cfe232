/* No key value leaves the places it belongs to, whatever is run and whatever fails. */

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/fault-kinds.ts'
import {
  holdJournalOpen,
  makeValue,
  type Scene,
  type SceneOptions,
  setScene,
  writeProgram,
} from './canary/scene.ts'
import { dashboardIssuer, FIELD, KEY, sandboxIssuer, textWith } from './installation.ts'
import { deleteAtDashboard } from './person.ts'

const cache = mkdtempSync(join(tmpdir(), 'keyrota-compiled-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

const WAIT = ['--wait', '1500ms']
const JSON_TOO = ['--wait', '1500ms', '--json']

const total = { sinks: 0, bytes: 0, commands: 0 }
afterAll(() => {
  process.stdout.write(
    `canaries: ${total.commands} commands, ${total.sinks} places with ${Math.round(total.bytes / 1024)} KiB searched\n`,
  )
})

function unattended(more: Partial<SceneOptions> = {}): Promise<Scene> {
  return setScene({ issuer: sandboxIssuer, cache, ...more })
}

/** Goes on until `isEnough`: on a busy machine a call may time out or a short lease run out, and the next look goes on. */
async function goOnUntil(scene: Scene, isEnough: () => boolean): Promise<void> {
  for (let looks = 0; !isEnough() && looks < 20; looks += 1) await scene.run(['resume', KEY, ...WAIT])
  expect(isEnough()).toBe(true)
}

/** Ends the scene and expects that nothing was found. */
async function expectSilence(scene: Scene, options: { isOver?: boolean } = {}): Promise<void> {
  const { sinks, leaks } = await scene.finish(options)
  total.sinks += sinks.length
  total.bytes += sinks.reduce((sum, sink) => sum + sink.bytes.length, 0)
  total.commands += sinks.filter((sink) => sink.name.startsWith('standard output')).length
  expect(leaks).toEqual([])
}

/** The fault of the sandbox, after some normal responses. */
const faults: readonly { about: string; fault: Fault; defaults?: object }[] = [
  { about: 'everywhere', fault: { kind: 'throttle', retryAfterS: 0, after: 6, times: 30 } },
  { about: 'before the effect', fault: { kind: 'error', status: 500, after: 6, times: 20 } },
  {
    about: 'after the effect',
    fault: { kind: 'error', status: 502, when: 'after-effect', after: 6, times: 8 },
  },
  { about: 'everywhere', fault: { kind: 'hang', after: 6, times: 4 } },
  { about: 'everywhere', fault: { kind: 'slow', ms: 400, after: 6, times: 4 } },
  { about: 'everywhere', fault: { kind: 'drop', after: 6, times: 10 } },
  { about: 'everywhere', fault: { kind: 'lose-answer', after: 6, times: 10 } },
  {
    about: 'at creation',
    fault: { kind: 'late-landing', ms: 300, times: 1, match: { method: 'POST', path: '/v1/keys' } },
  },
  {
    about: 'at creation, cut',
    fault: { kind: 'truncate', keepBytes: 90, times: 2, match: { method: 'POST', path: '/v1/keys' } },
  },
  {
    about: 'at creation, well framed',
    fault: {
      kind: 'truncate',
      keepBytes: 90,
      wellFramed: true,
      times: 2,
      match: { method: 'POST', path: '/v1/keys' },
    },
  },
  {
    about: 'of lists',
    fault: { kind: 'truncate', wellFramed: true, times: 3, match: { method: 'GET', path: '/v1/keys' } },
  },
  { about: 'every key', fault: { kind: 'reject-all', after: 12, times: 20 } },
  { about: 'every value', fault: { kind: 'accept-all' } },
  { about: 'beyond the settle time', fault: { kind: 'late-activation', ms: 5000 } },
  { about: 'after some calls', fault: { kind: 'early-death', count: 4 } },
  { about: 'of a new key', fault: { kind: 'late-listing', ms: 400 } },
  { about: 'of the old key', fault: { kind: 'late-revocation', ms: 300 } },
  { about: 'that does nothing', fault: { kind: 'lying-revoke' } },
]

describe.concurrent('no value of a key is found outside its places', { timeout: 600_000 }, () => {
  test('every verb, for people and for machines, while a key is rotated unattended', async () => {
    const worker = {
      type: 'command',
      restart: ['./consumer.sh', 'restart', '{mark}'],
      ready: ['./consumer.sh'],
    }
    const scene = await unattended({ config: { consumers: { worker } } })
    const { installation, watch } = scene
    writeProgram(installation.folder)
    const open = holdJournalOpen(installation)
    for (const mode of [[], ['--json']]) {
      for (const verb of ['check', 'plan', 'status', 'permissions']) await scene.run([verb, ...mode])
    }
    let { stdout } = await scene.run(['rotate', KEY, ...WAIT, '--reason', 'a test'])
    for (let looks = 0; !stdout.includes('completed') && looks < 20; looks += 1)
      stdout = (await scene.run(['resume', KEY, ...WAIT])).stdout
    expect(stdout).toContain('completed')
    const again = await scene.run(['rotate', KEY, ...JSON_TOO])
    expect(JSON.parse(again.stdout)).toMatchObject({ last: { end: 'completed' } })
    for (const mode of [[], ['--json']]) {
      await scene.run(['run', ...WAIT, ...mode])
      await scene.run(['explain', KEY, ...mode])
      await scene.run(['whois', ...mode], scene.oldKey.value)
      await scene.run(['leaked', ...mode], `Authorization: Bearer ${scene.oldKey.value}`)
      await scene.run(['scan', '-', ...mode], textWith(scene.oldKey.value))
      await scene.run(['scan', installation.envFile, ...mode])
      await scene.run(['prove', KEY, ...mode])
      await scene.run(['prove', KEY, '--old', ...mode], scene.oldKey.value)
      await scene.run(['prove', KEY, '--old', ...mode], makeValue('foreign'))
      await scene.run(['rollback', KEY, ...WAIT, ...mode])
      await scene.run(['resume', KEY, ...WAIT, ...mode, '--confirm', 'moved'])
      await scene.run(['supply', KEY, ...WAIT, ...mode], scene.oldKey.value)
    }
    await scene.run(['schema'])
    await scene.run(['run', '--config', 'nowhere.yaml'])
    await scene.run(['rotate', 'nobody'])
    expect(watch.pictures.ours).toBeGreaterThan(20)
    expect(watch.pictures.children).toBeGreaterThan(2)
    expect(watch.pictures.files).toBeGreaterThan(5)
    await expectSilence(scene, { isOver: true })
    open.close()
  })

  test("the operator's way: a typo, the key, its deletion", async () => {
    const scene = await setScene({ issuer: dashboardIssuer, cache })
    const { sandbox } = scene
    const supplied = makeValue('supplied')
    const typo = `${supplied.slice(0, -1)}!`
    scene.hide('supplied key', supplied)
    scene.hide('typo', typo)
    await scene.run(['rotate', KEY, ...WAIT])
    await scene.run(['rotate', KEY, ...JSON_TOO])
    sandbox.createKey({ name: 'made by a person', value: supplied })
    for (const wrong of [typo, `${supplied} ${supplied}`, supplied.slice(0, 9), scene.oldKey.value, '']) {
      await scene.run(['supply', KEY, ...JSON_TOO], wrong)
    }
    expect((await scene.run(['supply', KEY, ...WAIT], supplied)).stderr).toContain('no longer be lost')
    await scene.run(['supply', KEY, ...WAIT], supplied)
    await scene.run(['whois', '--json'], supplied)
    await deleteAtDashboard(sandbox.url, scene.oldKey.id)
    expect((await scene.run(['run', ...WAIT])).stdout).toContain('completed')
    await scene.run(['explain', KEY, '--json'])
    await scene.run(['status', '--json'])
    await expectSilence(scene, { isOver: true })
  })

  test.each(faults)('a rotation meets $fault.kind ($about)', async ({ fault, defaults }) => {
    const scene = await unattended({ config: { defaults: { callLimit: '200ms', ...defaults } } })
    scene.sandbox.addFault(fault)
    await scene.run(['rotate', KEY, ...WAIT])
    await scene.run(['run', ...JSON_TOO])
    const hits = () => scene.sandbox.listFaults()[0]?.hits ?? 0
    await goOnUntil(scene, () => hits() > 0 && scene.gateway.echoes > 3)
    await expectSilence(scene)
  })

  test('a store in an unexpected state', async () => {
    const scene = await unattended()
    const { envFile, state } = scene.installation
    const { value } = scene.oldKey
    const foreign = makeValue('foreign')
    scene.hide('foreign value', foreign)
    const texts = [
      textWith(foreign),
      `${textWith(value)}${FIELD}=twice\n`,
      `${FIELD}="${value}\n`,
      `${FIELD}: ${value}\n`,
      `${FIELD}=\n`,
      `${FIELD}=${value}\0\n`,
    ]
    for (const text of texts) {
      writeFileSync(envFile, text)
      await scene.run(['check', '--json'])
      await scene.run(['rotate', KEY, ...WAIT])
    }
    rmSync(envFile)
    await scene.run(['run', ...JSON_TOO])
    mkdirSync(envFile)
    await scene.run(['run', ...WAIT])
    rmSync(envFile, { recursive: true })
    symlinkSync('/dev/null', envFile)
    await scene.run(['check'])
    rmSync(envFile)
    writeFileSync(envFile, textWith(value))
    for (const { name } of readdirSync(join(state, 'env-file'), { withFileTypes: true }))
      if (name.endsWith('.json')) writeFileSync(join(state, 'env-file', name), `{"kept":"${value}`)
    await scene.run(['rotate', KEY, ...WAIT])
    await scene.run(['explain', KEY])
    await scene.consumer.close()
    await expectSilence(scene)
  })

  test('a value in the config, where it must not be', async () => {
    const scene = await unattended()
    const { config } = scene.installation
    const { value } = scene.oldKey
    const text = readFileSync(config, 'utf8')
    const token = JSON.stringify({ env: 'GATEWAY_TOKEN' }, null, 2).replaceAll('\n', '\n          ')
    expect(text).toContain(token)
    const plain = `ppt_live_${'x4Yq9'.repeat(8)}`
    scene.hide('pasted key', plain)
    const inline = JSON.stringify(value)
    const wrong = [
      inline,
      `[${inline}`,
      `{ "value": ${inline} }`,
      `{ ${inline}: 1 }`,
      `{ "env": ${inline} }`,
      `{ "env": "${plain}" }`,
      `{ "file": "${plain}" }`,
    ]
    const outside = mkdtempSync(join(tmpdir(), 'keyrota-wrong-'))
    for (const [index, put] of wrong.entries()) {
      const path = join(outside, `${index}.yaml`)
      writeFileSync(
        path,
        text.replace(token, () => put),
      )
      const { code } = await scene.run(['rotate', KEY, '--config', path, ...WAIT])
      expect(code).not.toBe(0)
    }
    for (const mode of [[], ['--json']])
      await scene.run(['check', '--config', join(outside, '4.yaml'), ...mode])
    rmSync(outside, { recursive: true })
    await expectSilence(scene)
  })
})
