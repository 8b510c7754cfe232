import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { TeamsRig } from '../../shared/rigs/teams/rig.ts'

const rig = new TeamsRig()

beforeAll(() => rig.start())
afterAll(() => rig.stop())

async function runOnce(expected = 0): Promise<string> {
  const { code, stdout, stderr } = await rig.run('run')
  assert.equal(code, expected, `${stdout}\n${stderr}`)
  return stdout
}

describe('a key of a team', () => {
  test('without rights on its Secret says which rule is missing, and the rule that is printed is all it needs', async () => {
    await rig.declare(rig.a, 'renderer')
    await rig.declare(rig.b, 'renderer')
    await runOnce(4)
    const ready = await rig.condition('Ready', rig.a)
    assert.equal(ready?.status, 'False')
    const rule = '{ apiGroups: [""], resources: ["secrets"], resourceNames: ["renderer"], verbs: ["get"] }'
    assert.ok(ready.message.includes(rule), ready.message)
    assert.ok(ready.message.includes(`keyrota permissions --namespace ${rig.a}`), ready.message)
    const printed = await rig.grant(rig.a)
    assert.ok(!printed.includes(rig.b), printed)
    await rig.grant(rig.b)
    await runOnce()
    const now = await rig.condition('Ready', rig.a)
    assert.deepEqual([now?.status, now?.reason], ['True', 'Current'], now?.message)
  })

  test('is shown beside those of the config, by Keyrota and by kubectl', async () => {
    const { stdout } = await rig.run('status', '--json')
    const names = JSON.parse(stdout).map(({ key }: { key: string }) => key)
    assert.deepEqual(names.toSorted(), ['ops', `${rig.a}/renderer`, `${rig.b}/renderer`].toSorted())
    const shown = await rig.server.kubectl('get', 'managedkeys', '-A')
    console.log(shown)
    assert.match(shown, new RegExp(`${rig.a} +renderer +Current`))
    assert.match(shown, new RegExp(`${rig.server.namespace} +ops +Current`))
  })

  test('rotates by an annotation, once; who asked stands in the trail, and the answer in the condition', async () => {
    const before = await rig.held(rig.a)
    await rig.annotate(rig.a, 'rotate=the first way')
    await runOnce()
    assert.notEqual(await rig.held(rig.a), before)
    assert.equal(await rig.isLive(before), false)
    const { metadata } = await rig.show(rig.a)
    assert.deepEqual(
      Object.keys(metadata.annotations ?? {}).filter((one) => one.startsWith('keyrota.dev/rotate')),
      [],
    )
    const answered = await rig.condition('Answered', rig.a)
    assert.deepEqual([answered?.status, answered?.reason], ['True', 'RotateTaken'])
    const trail = (await rig.show(rig.a)).status?.journal?.trail?.map(({ text }) => text) ?? []
    assert.match(trail.join('\n'), /kubectl-annotate \(Update, \S+Z\) asked: rotate \(the first way\)/)
    const now = await rig.held(rig.a)
    await runOnce()
    assert.equal(await rig.held(rig.a), now)
  })

  test('that has leaked is replaced by one annotation, twice in a row', async () => {
    for (const round of [1, 2]) {
      const leaked = await rig.held(rig.a)
      const since = performance.now()
      await rig.annotate(rig.a, `compromised=in a log, ${round}`, 'kill-by=15m')
      await runOnce()
      assert.equal(await rig.isLive(leaked), false)
      const seconds = ((performance.now() - since) / 1000).toFixed(1)
      console.log(`round ${round}: from the annotation to the dead key ${seconds} s, one run included`)
      assert.equal(await rig.isLive(await rig.held(rig.a)), true)
      const answered = await rig.condition('Answered', rig.a)
      assert.match(answered?.message ?? '', /it is rotated at once; the old key is revoked by/)
    }
  })

  test('is paused and goes on, as annotations say', async () => {
    await rig.annotate(rig.a, 'pause=true')
    await runOnce()
    const { stdout } = await rig.run('plan')
    assert.match(stdout, /it is paused since .* \(kubectl-annotate/)
    await rig.annotate(rig.a, 'pause=false')
    await runOnce()
    assert.equal(
      (await rig.condition('Answered', rig.a))?.message,
      'pause: it is rotated when it is due again',
    )
  })

  test('whose request makes no sense is told so', async () => {
    await rig.annotate(rig.a, 'confirm=moved', 'rollback=why', 'pause=perhaps')
    await runOnce()
    const answered = await rig.condition('Answered', rig.a)
    assert.deepEqual([answered?.status, answered?.reason], ['False', 'RequestsRefused'])
    assert.match(
      answered?.message ?? '',
      /rollback: no rotation of \S+ is running; confirm: .*; pause: is not valid/,
    )
    assert.equal((await rig.show(rig.a)).metadata.annotations?.['keyrota.dev/pause'], undefined)
  })
})

describe('a declaration that is wrong', () => {
  test('says so with the field and what is expected, stops no other, and counts once it is right', async () => {
    const targets = [{ store: 'cluster', secret: 'renderer', field: 'OTHER' }]
    await rig.declare(rig.a, 'wrong', rig.spec({ issuer: 'billing', targets, lease: '1h' }))
    await runOnce()
    const ready = await rig.condition('Ready', rig.a, 'wrong')
    assert.deepEqual([ready?.status, ready?.reason, ready?.observedGeneration], ['False', 'InvalidSpec', 1])
    assert.equal(
      ready?.message,
      'spec.issuer: is not opened to this namespace (expected: video); spec.lease: only the config of the platform sets this (expected: no such field)',
    )
    const patch = JSON.stringify({ spec: { issuer: 'video', lease: null } })
    await rig.server.kubectl('patch', 'mkey', 'wrong', '-n', rig.a, '--type=merge', '-p', patch)
    await rig.run('run')
    assert.notEqual((await rig.condition('Ready', rig.a, 'wrong'))?.reason, 'InvalidSpec')
    await rig.server.kubectl('delete', 'mkey', 'wrong', '-n', rig.a, '--wait=false')
    await rig.run('run')
  })

  test('in a namespace that is not opened counts for nothing, and neither do its annotations', async () => {
    await rig.declare(rig.closed, 'renderer')
    await rig.annotate(rig.closed, 'rotate=why not')
    await runOnce()
    assert.equal((await rig.condition('Ready', rig.closed))?.reason, 'NamespaceNotOpened')
    const { metadata } = await rig.show(rig.closed)
    assert.equal(metadata.annotations?.['keyrota.dev/rotate'], 'why not')
    assert.equal(metadata.finalizers, undefined)
  })
})

describe('a declaration that is deleted', () => {
  test('says what is left, and its key lives', async () => {
    const value = await rig.held(rig.b)
    await rig.server.kubectl('delete', 'mkey', 'renderer', '-n', rig.b, '--wait=false')
    assert.ok((await rig.show(rig.b)).metadata.deletionTimestamp)
    await runOnce()
    const names = await rig.server.kubectl('get', 'mkey', '-n', rig.b, '-o', 'name')
    assert.equal(names, '')
    assert.equal(await rig.isLive(value), true)
    const events = await rig.server.kubectl('get', 'events.events.k8s.io', '-n', rig.b, '-o', 'json')
    const notes = JSON.parse(events).items.map(({ note }: { note: string }) => note)
    const told = notes.find((note: string) => note.startsWith('deleted; what is left:'))
    console.log(told)
    assert.match(
      told,
      /its current key lives at the issuer .*\(issuer video\); it stands in cluster\/\S+\/renderer#API_KEY/,
    )
  })

  test('and made again is a new key, which nothing of the old one follows', async () => {
    await rig.declare(rig.b, 'renderer')
    // An adopted key has no id that is known: somebody is asked for it.
    await runOnce(4)
    const { status } = await rig.show(rig.b)
    assert.equal(status?.state, 'Current')
    const { stdout } = await rig.run('explain', `${rig.b}/renderer`)
    assert.match(stdout, /adopted the key/)
    assert.doesNotMatch(stdout, /declaration was deleted/)
  })
})
