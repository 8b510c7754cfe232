import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest'
import { ReleaseRig } from '../../shared/rigs/chart/release.ts'

const rig = new ReleaseRig()

beforeAll(async () => {
  await rig.start()
  await rig.createDeployment('web')
})
afterAll(() => rig.stop())

/** Each test has a release of its own, whose first run had every right. */
beforeEach(async () => {
  await rig.install(values())
  const { exitCode, log } = await rig.runJob(`first-${crypto.randomUUID().slice(0, 8)}`)
  assert.equal(exitCode, 0, log)
})
afterEach(async () => {
  await rig.helm.run(['uninstall', 'keyrota', '--wait'])
  await rig.kubectl('delete', 'managedkeys', '--all')
  await rig.renewSecret()
  rig.gateway.reset()
})

/** The key of the rig, and a Deployment that uses it. */
function values() {
  const { config, ...rest } = rig.values()
  const { keys, ...core } = config as { keys: Record<'renderer-prod', object> }
  const web = { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web' }
  const key = { ...keys['renderer-prod'], consumers: ['web'] }
  return { ...rest, config: { ...core, consumers: { web }, keys: { 'renderer-prod': key } } }
}

/** Takes one verb on a resource out of the Role of the release. */
async function drop(resource: string, verb: string): Promise<void> {
  const role = await rig.get('role', 'keyrota')
  const at = role.rules.findIndex((rule: { resources: string[] }) => rule.resources[0] === resource)
  const verbs = role.rules[at].verbs.filter((one: string) => one !== verb)
  assert.equal(verbs.length, role.rules[at].verbs.length - 1, `the Role has no ${verb} of ${resource}`)
  const patch =
    verbs.length > 0
      ? [{ op: 'replace', path: `/rules/${at}/verbs`, value: verbs }]
      : [{ op: 'remove', path: `/rules/${at}` }]
  await rig.kubectl('patch', 'role', 'keyrota', '--type=json', '-p', JSON.stringify(patch))
}

test.each([
  ['secrets', 'get'],
  ['secrets', 'patch'],
  ['deployments', 'get'],
  ['deployments', 'patch'],
  ['pods', 'list'],
  ['managedkeys', 'get'],
  ['managedkeys', 'list'],
  ['managedkeys', 'patch'],
  ['managedkeys/status', 'patch'],
  ['configmaps', 'get'],
] as const)(
  'without the grant of %s %s a run fails, names it, and leaves the key alive',
  async (resource, verb) => {
    const held = await rig.heldKey()
    await drop(resource, verb)
    const { exitCode, log } = await rig.runJob(`without-${verb}-${crypto.randomUUID().slice(0, 8)}`)
    assert.notEqual(exitCode, 0, log)
    // Within a line of JSON a quote has a backslash.
    const said = log.replaceAll('\\"', '"')
    assert.ok(said.includes(`resources: ["${resource}"]`) && said.includes(`verbs: ["${verb}"]`), log)
    assert.equal(await rig.heldKey(), held)
    assert.ok(rig.liveKeys().length > 0)
  },
)
