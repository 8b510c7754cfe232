import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { ReleaseRig } from '../../shared/rigs/chart/release.ts'
import { wide } from '../../shared/rigs/chart/variants.ts'

const rig = new ReleaseRig()
const own = rig.server.namespace
const [production, staging] = [`${own}-production`, `${own}-staging`]

beforeAll(async () => {
  await rig.start()
  for (const namespace of [production, staging]) await rig.server.kubectl('create', 'namespace', namespace)
  await rig.create({ kind: 'Secret', name: 'app-staging', stringData: { SIBLING: 'stays' } })
})
afterAll(async () => {
  await rig.server.kubectl('delete', 'namespace', production, staging, '--wait=false')
  await rig.stop()
})

/** A key in production and one in staging, which are not due again. */
function values() {
  const { config, ...rest } = rig.values({ identities: 'perEnvironment' })
  const { defaults, ...core } = config as { defaults: object }
  const key = (environment: string, secret: string) => ({
    ...wide.keys['renderer-prod'],
    ...{ environment, consumers: [], first: true },
    targets: [{ store: 'cluster', secret, field: 'API_KEY' }],
  })
  const keys = { 'app-prod': key('production', 'app'), 'app-staging': key('staging', 'app-staging') }
  return { ...rest, config: { ...core, defaults: { ...defaults, every: '90d' }, keys } }
}

test('two jobs of one environment at once make one key, and its record is in the namespace of that environment', async () => {
  await rig.install(values())
  const ends = await Promise.all([
    rig.runJob('one', 'keyrota-production'),
    rig.runJob('other', 'keyrota-production'),
  ])
  const codes = ends.map(({ exitCode }) => exitCode)
  assert.ok(
    codes.includes(0) && codes.every((code) => code === 0 || code === 6),
    ends.map(({ log }) => log).join('\n'),
  )
  assert.equal(rig.gateway.listKeys().length, 1)
  assert.notEqual(await rig.heldKey(), '')
  assert.equal(await rig.heldKey('app-staging'), '')
  const names = async (namespace: string) =>
    (await rig.server.kubectl('get', 'managedkeys', '-n', namespace, '-o', 'name')).trim()
  assert.equal(await names(production), 'managedkey.keyrota.dev/app-prod')
  assert.equal(await names(staging), '')
  assert.equal(await names(own), '')
})

test('the job of another environment rotates its own key alone', async () => {
  const { exitCode, log } = await rig.runJob('staging', 'keyrota-staging')
  assert.equal(exitCode, 0, log)
  assert.doesNotMatch(log, /app-prod/)
  assert.equal(rig.gateway.listKeys().length, 2)
  assert.notEqual(await rig.heldKey('app-staging'), await rig.heldKey())
})

test('an identity has nothing of another environment, and lists no Secret', async () => {
  const may = async (account: string, ...what: string[]) => {
    const as = `--as=system:serviceaccount:${own}:${account}`
    const said = await rig.server.kubectl('auth', 'can-i', ...what, as).catch((error) => error.stdout)
    return String(said).trim()
  }
  const inOwn = ['-n', own]
  assert.equal(await may('keyrota-production', 'patch', 'secret/app', ...inOwn), 'yes')
  assert.equal(await may('keyrota-staging', 'patch', 'secret/app-staging', ...inOwn), 'yes')
  assert.equal(await may('keyrota-staging', 'get', 'secret/app', ...inOwn), 'no')
  assert.equal(await may('keyrota-staging', 'list', 'secrets', ...inOwn), 'no')
  assert.equal(await may('keyrota-staging', 'get', 'secret/gateway-admin', ...inOwn), 'no')
  assert.equal(
    await may('keyrota-staging', 'patch', 'managedkeys', '--subresource=status', '-n', staging),
    'yes',
  )
  assert.equal(
    await may('keyrota-staging', 'patch', 'managedkeys', '--subresource=status', '-n', production),
    'no',
  )
  assert.equal(await may('keyrota-staging', 'get', 'managedkeys', '-n', production), 'no')
  assert.equal(await may('keyrota-production', 'create', 'pods', ...inOwn), 'no')
})
