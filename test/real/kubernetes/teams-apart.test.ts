import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { COMPILED, MAIN } from '../../cli/run-cli.ts'
import { TeamsRig } from '../../shared/rigs/teams/rig.ts'

const rig = new TeamsRig()

beforeAll(async () => {
  await rig.start()
  await rig.declare(rig.a, 'renderer')
  await rig.declare(rig.b, 'renderer')
  await rig.grant(rig.a)
  await rig.grant(rig.b)
  const { code, stdout } = await rig.run('run')
  assert.equal(code, 0, stdout)
})
afterAll(() => rig.stop())

/** What a member of team A gets of the API server; its refusal as text. */
async function asMember(...args: string[]): Promise<string> {
  return await rig.server
    .kubectl('--kubeconfig', rig.member, ...args)
    .catch((error: { stderr?: string }) => error.stderr ?? String(error))
}

/** Runs `keyrota serve` until the work is done. */
async function serving(work: () => Promise<void>): Promise<string> {
  const { env, cwd } = rig.environment
  const args = [MAIN, 'serve', '--listen', 'off', '--config', rig.config]
  const child = spawn(process.execPath, args, { cwd, env: { ...COMPILED, ...env } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    await work()
  } catch (error) {
    throw new Error(`${String(error)}\n${said}`)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  return said
}

describe('two teams', () => {
  test('the account of one reads nothing of the other, and writes no status of its own', async () => {
    for (const what of ['secret', 'mkey'])
      assert.match(await asMember('get', what, 'renderer', '-n', rig.b), /Forbidden/)
    assert.match(await asMember('get', 'mkey', '-A'), /Forbidden/)
    const patch = '{"status":{"fingerprint":"0000000000000000"}}'
    const refused = await asMember(
      ...['patch', 'mkey', 'renderer', '-n', rig.a, '--subresource=status', '--type=merge', '-p', patch],
    )
    assert.match(refused, /Forbidden/)
    assert.match(await asMember('get', 'mkey', 'renderer', '-n', rig.a, '-o', 'name'), /renderer/)
  })

  test('no field of an object reaches beyond its namespace: refused by the server or in the condition', async () => {
    const target = (more: object) => ({
      targets: [{ store: 'cluster', secret: 'renderer', field: 'STOLEN', ...more }],
    })
    const tries: Record<string, object> = {
      slash: target({ secret: `${rig.b}/renderer` }),
      dots: target({ secret: `../${rig.b}/renderer` }),
      unicode: target({ secret: `${rig.b}／renderer` }),
      config: target({ secret: `${rig.server.namespace}/ops` }),
      store: target({ store: 'vault' }),
      file: target({ secret: '/etc/passwd' }),
      issuer: { ...target({}), issuer: 'billing' },
      environment: { ...target({}), environment: 'production' },
      consumer: { ...target({}), consumers: ['renderer'] },
      workload: { ...target({}), workloads: [{ kind: 'Deployment', name: `${rig.b}/web` }] },
      kind: { ...target({}), workloads: [{ kind: 'Secret', name: 'renderer' }] },
      scopes: { ...target({}), scopes: ['admin:*'] },
      exclusive: { ...target({}), exclusive: true },
      outage: { ...target({}), allowOutage: true },
      lease: { ...target({}), lease: '10s' },
      callLimit: { ...target({}), callLimit: '9h' },
      pace: { ...target({}), retryMin: '1ms' },
      command: { ...target({}), command: '/bin/sh' },
      url: { ...target({}), url: 'http://169.254.169.254/' },
    }
    const declared: string[] = []
    const outcome: Record<string, string> = {}
    for (const [name, more] of Object.entries(tries)) {
      try {
        await rig.declare(rig.a, name, rig.spec(more))
        declared.push(name)
      } catch {
        outcome[name] = 'refused by the API server'
      }
    }
    const before = await rig.held(rig.b)
    const { stdout } = await rig.run('run')
    for (const name of declared) {
      const ready = await rig.condition('Ready', rig.a, name)
      assert.equal(ready?.reason, 'InvalidSpec', `${name}: ${ready?.message}\n${stdout}`)
      outcome[name] = ready?.message ?? ''
      assert.doesNotMatch(outcome[name], new RegExp(`${rig.b}|keyrota-law`))
    }
    console.log(outcome)
    const { stdout: status } = await rig.run('status', '--json')
    const keys = JSON.parse(status).map(({ key }: { key: string }) => key)
    assert.equal(keys.length, 3)
    const secrets = await rig.server.kubectl('get', 'secrets', '-A', '-o', 'json')
    assert.doesNotMatch(secrets, /STOLEN/)
    assert.equal(await rig.held(rig.b), before)
  })
})

describe('serve', () => {
  test('takes an annotation when it is set: twice in a row, the leaked key is dead within seconds', async () => {
    await serving(async () => {
      for (const round of [1, 2]) {
        const leaked = await rig.held(rig.a)
        const since = performance.now()
        await rig.annotate(rig.a, `compromised=in a log, ${round}`)
        await rig.until('the leaked key is dead', async () => !(await rig.isLive(leaked)))
        const seconds = ((performance.now() - since) / 1000).toFixed(1)
        console.log(`round ${round}: from the annotation to the dead key ${seconds} s in serve`)
        assert.equal(await rig.isLive(await rig.held(rig.a)), true)
        await rig.until(
          'the rotation has ended',
          async () => (await rig.show(rig.a)).status?.state === 'Current',
        )
      }
      assert.equal((await rig.condition('Answered', rig.a))?.reason, 'CompromisedTaken')
    })
  })

  test('takes a declaration when it is made, and lets it go when it is deleted', async () => {
    const value = await rig.held(rig.b)
    await serving(async () => {
      await rig.server.kubectl('delete', 'mkey', 'renderer', '-n', rig.b, '--timeout=20s')
      await rig.declare(rig.b, 'renderer')
      await rig.until('the key is adopted', async () => (await rig.show(rig.b)).status?.state === 'Current')
    })
    assert.equal(await rig.isLive(value), true)
  })
})
