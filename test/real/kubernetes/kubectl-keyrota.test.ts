import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { runCli } from '../../cli/run-cli.ts'
import { TeamsRig } from '../../shared/rigs/teams/rig.ts'

const rig = new TeamsRig()
const entry = fileURLToPath(new URL('../../../src/kubectl-keyrota.ts', import.meta.url))
/** A person's kubeconfig: may read the release and its keys, and patch the keys of team A. */
let person = ''

beforeAll(async () => {
  await rig.start()
  const { namespace } = rig.server
  const keys = ['managedkeys']
  const group = 'keyrota.dev'
  const account = await rig.newAccount('person', [
    { namespace: 'all', rules: [{ apiGroups: [group], resources: keys, verbs: ['get', 'list'] }] },
    {
      namespace,
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['keyrota'], verbs: ['get'] }],
    },
    { namespace: rig.a, rules: [{ apiGroups: [group], resources: keys, verbs: ['patch'] }] },
  ])
  person = account
  // As the chart has it: the pod's own account, and nothing of this machine.
  const { kubernetes, journal, stores, ...rest } = JSON.parse(await readFile(rig.config, 'utf8'))
  const { kubeconfig: _, namespace: __, ...inPod } = stores.cluster
  const config = {
    ...rest,
    kubernetes,
    journal: { type: journal.type, namespaces: 'all' },
    stores: { cluster: inPod },
  }
  await rig.server.apply({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'keyrota', namespace } },
    data: { 'keyrota.yaml': JSON.stringify(config) },
  })
  await rig.declare(rig.a, 'renderer')
  await rig.grant(rig.a)
  const { code, stdout } = await rig.run('run')
  assert.equal(code, 0, stdout)
})
afterAll(() => rig.stop())

function type(...args: string[]) {
  const options = ['--kubeconfig', person, '--namespace', rig.server.namespace]
  return runCli([...options, ...args], { ...rig.environment, entry, limitMs: 60_000 })
}

describe('kubectl keyrota, by the rights of a person', () => {
  test('shows the keys of the release and of the teams', async () => {
    const { code, stdout, stderr } = await type('status', '--json')
    assert.equal(code, 0, stderr)
    const names = JSON.parse(stdout).map(
      ({ key, state }: { key: string; state: string }) => `${key} ${state}`,
    )
    assert.deepEqual(names.toSorted(), ['ops current', `${rig.a}/renderer current`].toSorted())
  })

  test('explains a key', async () => {
    const { code, stdout } = await type('explain', `${rig.a}/renderer`)
    assert.equal(code, 0)
    assert.match(stdout, /completed/)
  })

  test('has a key rotated that the person may patch, and no other', async () => {
    const before = await rig.held(rig.a)
    const asked = await type('--wait', '0', 'rotate', `${rig.a}/renderer`, '--reason', 'by hand')
    assert.equal(asked.code, 0, asked.stderr)
    assert.match(asked.stdout, /asked, and not taken yet\. In CronJob mode: kubectl create job/)
    assert.equal((await rig.run('run')).code, 0)
    assert.equal(await rig.isLive(before), false)
    const trail = (await rig.show(rig.a)).status?.journal?.trail?.map(({ text }) => text) ?? []
    assert.match(trail.join('\n'), /kubectl-keyrota \(Update, \S+Z\) asked: rotate \(by hand\)/)
    const refused = await type('rotate', 'ops')
    assert.equal(refused.code, 4)
    assert.match(refused.stderr, /lacks the verb "patch"/)
  })
})
