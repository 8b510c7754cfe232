import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { ReleaseRig } from '../../shared/rigs/chart/release.ts'

const rig = new ReleaseRig()
/** The value that the Secret held after the test before. */
let held = ''

beforeAll(() => rig.start())
afterAll(() => rig.stop())

/** One job rotates the key: the Secret holds another one, and the one before is dead. */
async function assertRotated(job: string): Promise<void> {
  const { exitCode, log } = await rig.runJob(job)
  assert.equal(exitCode, 0, log)
  const now = await rig.heldKey()
  assert.notEqual(now, held, log)
  assert.equal(rig.liveKeys().length, 1)
  held = now
}

async function readStatus(): Promise<{ state: string; nextRotationTime?: string; fingerprint: string }> {
  return (await rig.get('managedkey', 'renderer-prod')).status
}

test('the chart is installed with its default values and one key, and says what to do next', async () => {
  const said = await rig.install(rig.values())
  assert.match(said, /STATUS: deployed/)
  assert.match(said, new RegExp(`helm test keyrota -n ${rig.server.namespace} --logs`))
  assert.match(said, /create job --from=cronjob\/keyrota/)
  const crd = await rig.kubectl(
    'get',
    'crd',
    'managedkeys.keyrota.dev',
    '-o',
    'jsonpath={.metadata.annotations}',
  )
  assert.match(crd, /"helm.sh\/resource-policy":"keep"/)
})

test('a job made from its CronJob creates the first key under the generated account', async () => {
  await assertRotated('first')
  const pods = JSON.parse(await rig.kubectl('get', 'pods', '-l', 'job-name=first', '-o', 'json'))
  assert.equal(pods.items[0].spec.serviceAccountName, 'keyrota')
  assert.equal((await readStatus()).state, 'Current')
})

test('the next one rotates it, and kubectl shows the state', async () => {
  await assertRotated('second')
  const shown = await rig.kubectl('get', 'managedkeys')
  assert.match(shown, /renderer-prod +Current/)
  console.log(shown)
  console.log(await rig.kubectl('describe', 'managedkey', 'renderer-prod'))
})

test('in an emergency an annotation and a job replace the key', async () => {
  const started = performance.now()
  await rig.kubectl('annotate', 'managedkey', 'renderer-prod', 'keyrota.dev/compromised=seen in a log')
  await assertRotated('incident')
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`from the annotation to the end of the job, with the old key refused: ${seconds} s`)
  const { metadata, status } = await rig.get('managedkey', 'renderer-prod')
  assert.equal(metadata.annotations?.['keyrota.dev/compromised'], undefined)
  assert.equal(status.lastRotation.reason, 'compromised')
})

test('helm test runs check with the identity of the release', async () => {
  const said = await rig.helm.run(['test', 'keyrota'])
  assert.match(said, /Phase: +Succeeded/)
  assert.match(await rig.readLog('keyrota-check'), /config \/etc\/keyrota\/keyrota\.yaml: OK/)
})

test('an upgrade keeps the state and takes the new values', async () => {
  await rig.upgrade(rig.values({ cronjob: { schedule: '0 0 29 2 *', wait: '2m' }, observe: true }))
  const before = (await readStatus()).fingerprint
  const { exitCode, log } = await rig.runJob('observing')
  assert.equal(exitCode, 0, log)
  assert.equal(await rig.heldKey(), held, 'with observe nothing is rotated')
  assert.equal((await readStatus()).fingerprint, before)
})

test('a rollback of the release goes on with the same key', async () => {
  await rig.helm.run(['rollback', 'keyrota', '1'])
  await assertRotated('after-rollback')
})

test('a release that is gone leaves the CRD and every record, and the next one goes on with them', async () => {
  const before = await readStatus()
  await rig.helm.run(['uninstall', 'keyrota', '--wait'])
  assert.deepEqual(await readStatus(), before)
  const left = await rig.kubectl(
    'get',
    'cronjobs,deployments,configmaps,roles,rolebindings,serviceaccounts',
    '-o',
    'name',
  )
  assert.deepEqual(
    left.split('\n').filter((name) => name.includes('keyrota')),
    [],
  )
  await rig.install(rig.values())
  await assertRotated('after-install')
})
