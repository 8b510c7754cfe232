import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { KeyConfig } from '../../../src/contracts/config.ts'
import { createSummarize } from '../../../src/service/summarize.ts'
import { put, recordOf, refuses } from '../../laws/journal/fixture.ts'
import { makeKey } from '../../shared/stand-ins/kubernetes/journal-fixture.ts'
import { useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()
const { fixture, direct, faulty } = rig

const current = {
  fingerprint: '0123456789abcdef',
  since: Date.UTC(2026, 10, 20),
  sinceFrom: 'rotation',
  adopted: false,
  versions: {},
} as const
const places = {
  'cluster/shop/app#KEY': { at: Date.UTC(2026, 10, 21), holds: 'current', version: 'v1' },
} as const

function showing(keys: KeyConfig[]) {
  return { summarize: createSummarize((name) => keys.find((key) => key.name === name)) }
}

describe('keys of the config', () => {
  test('are shown at once, with every default filled in, and later with their state', async () => {
    const keys = [makeKey('web'), makeKey('api', { issuer: 'mail' })]
    const journal = direct({}, showing(keys))
    await journal.declare?.(keys)
    await put(journal, fixture, recordOf('web', { current, places }))
    const lines = (await rig.kubectl('get', 'mkey'))
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/))
    assert.deepEqual(lines[0], ['NAME', 'STATE', 'FINGERPRINT', 'AGE', 'NEXT', 'REASON'])
    assert.deepEqual(lines[1], ['api'])
    assert.deepEqual(lines[2]?.slice(0, 3), ['web', 'Current', current.fingerprint])
    assert.equal(lines[2]?.[5], 'Current')
    const wide = await rig.kubectl('get', 'keyrota', '-o', 'wide')
    assert.match(wide, /ISSUER +TARGETS +LAST END/)
    assert.match(wide, /video +shop\/app/)
    const { spec, metadata } = JSON.parse(await rig.kubectl('get', 'mkey', 'web', '-o', 'json'))
    assert.equal(metadata.labels['keyrota.dev/from'], 'config')
    assert.deepEqual(
      [spec.every, spec.lease, spec.targets],
      ['90d', '1m', [{ store: 'cluster', secret: 'shop/app', field: 'KEY' }]],
    )
  })

  test('are written only where something differs, also when their state follows from the config', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => makeKey(`key-${index}`))
    const one = faulty()
    await one.declare?.(keys)
    await put(one, fixture, recordOf('key-3', { current, places }))
    rig.proxy.forget()
    await one.declare?.(keys)
    assert.deepEqual(
      rig.proxy.requests.map(({ method }) => method),
      ['GET'],
    )
    const changed = keys.map((key) => (key.name === 'key-3' ? makeKey('key-3', { owner: 'another' }) : key))
    rig.proxy.forget()
    await one.declare?.(changed)
    assert.deepEqual(
      rig.proxy.requests.map(({ method }) => method),
      ['GET', 'PATCH', 'PATCH'],
    )
    const { spec, status, metadata } = JSON.parse(await rig.kubectl('get', 'mkey', 'key-3', '-o', 'json'))
    assert.deepEqual([spec.owner, status.observedGeneration], ['another', metadata.generation])
  })

  test('that leave the config keep their object while something is left of them, with a label, and come back', async () => {
    const journal = direct({}, showing([]))
    await journal.declare?.([makeKey('web'), makeKey('api')])
    await put(journal, fixture, recordOf('web', { current }))
    await journal.declare?.([])
    const left = await rig.kubectl('get', 'mkey', '-l', 'keyrota.dev/left-the-config', '-o', 'name')
    assert.equal(left.trim(), 'managedkey.keyrota.dev/web')
    assert.equal((await rig.kubectl('get', 'mkey', '-o', 'name')).trim(), left.trim())
    assert.match(await rig.kubectl('get', 'mkey', 'web'), /NotInConfig/)
    await journal.declare?.([makeKey('web')])
    assert.equal(await rig.kubectl('get', 'mkey', '-l', 'keyrota.dev/left-the-config', '-o', 'name'), '')
    assert.equal((await journal.load('web')).record?.current?.fingerprint, current.fingerprint)
  })

  test('never take over an object that somebody else made, neither when declared nor when claimed', async () => {
    const name = 'web'
    const spec = {
      environment: 'staging',
      service: 's',
      owner: 'o',
      issuer: 'video',
      targets: [{ store: 'cluster', secret: 'app' }],
    }
    await rig.server.apply({
      apiVersion: 'keyrota.dev/v1alpha1',
      kind: 'ManagedKey',
      metadata: { name, namespace: rig.server.namespace },
      spec,
    })
    const journal = direct()
    await assert.rejects(
      async () => journal.declare?.([makeKey(name), makeKey('api')]),
      /made by somebody else/,
    )
    await refuses(journal.claim(name, { holder: 'one', leaseMs: 1_000 }), 'unavailable')
    const found = JSON.parse(await rig.kubectl('get', 'mkey', name, '-o', 'json'))
    assert.deepEqual([found.spec, found.metadata.labels, found.status], [spec, undefined, undefined])
    // Everything else was done.
    assert.match(await rig.kubectl('get', 'mkey', 'api', '-o', 'name'), /api/)
  })

  test('and a team’s key, named with its namespace, are different keys', async () => {
    const journal = direct({ namespaces: 'all' })
    const key = `${rig.server.namespace}/team-key`
    await refuses(journal.claim(key, { holder: 'one', leaseMs: 1_000 }), 'unavailable')
    const metadata = { name: 'team-key', namespace: rig.server.namespace }
    await rig.server.apply({ apiVersion: 'keyrota.dev/v1alpha1', kind: 'ManagedKey', metadata })
    await put(journal, fixture, recordOf(key, { current }))
    await put(journal, fixture, recordOf('web', { current }))
    assert.deepEqual(
      (await journal.list({ limit: 9 })).map((record) => record.key),
      [key, 'web'].sort(),
    )
    assert.deepEqual(await journal.holders(current.fingerprint), [key, 'web'].sort())
    assert.equal((await journal.trail({ key, limit: 9 })).length, 0)
  })
})
