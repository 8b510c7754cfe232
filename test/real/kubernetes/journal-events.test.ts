import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { machine } from '../../../src/machine.ts'
import { advance, entryOf, recordOf, take } from '../../laws/journal/fixture.ts'
import { eventually, useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()
const { fixture, direct } = rig

describe('events', () => {
  const step = (rotation: string, name: string) =>
    entryOf('web', `begins ${name}`, { rotation, kind: 'step', data: { step: name } })
  const blocked = (rotation: string) =>
    entryOf('web', 'the store refused', { rotation, kind: 'blocked', data: { reason: 'target-refused' } })

  test('are one for each step and each reason; what comes again makes a series', async () => {
    const journal = direct({ events: true })
    let claim = await take(journal, fixture)
    const at = { at: machine.clock.wallMs() }
    for (const audit of [
      [step('r1', 'preflight'), step('r1', 'create')],
      [blocked('r1')],
      [blocked('r1')],
      [blocked('r1'), entryOf('web', 'a probe')],
    ]) {
      const entries = audit.map((entry) => ({ ...entry, ...at }))
      claim = advance(claim, await journal.commit(claim, { record: recordOf('web'), audit: entries }))
    }
    await journal.close()
    const { items } = JSON.parse(await rig.kubectl('get', 'events.events.k8s.io', '-o', 'json'))
    const seen = items.map(
      ({
        reason,
        type,
        note,
        series,
      }: {
        reason: string
        type: string
        note: string
        series?: { count: number }
      }) => `${type} ${reason} ${series?.count ?? 1} ${note}`,
    )
    assert.deepEqual(seen.sort(), [
      'Normal Create 1 begins create',
      'Normal Preflight 1 begins preflight',
      'Warning TargetRefused 3 the store refused',
    ])
    assert.match(await rig.kubectl('describe', 'mkey', 'web'), /Warning +TargetRefused/)
    await rig.kubectl('delete', 'events', '--all')
  })

  test('that may not be written hold up no commit, and the status says why', async () => {
    const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: x, namespace: ${rig.server.namespace} }
rules:
  - { apiGroups: [keyrota.dev], resources: [managedkeys, managedkeys/status], verbs: [get, list, watch, create, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: x, namespace: ${rig.server.namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: x }
`
    const { token } = await rig.server.newAccount(role)
    const kubeconfig = await rig.server.writeKubeconfig(rig.server.address, token, true)
    const journal = direct({ kubeconfig, events: true })
    let claim = await take(journal, fixture)
    const commit = async () => {
      claim = advance(
        claim,
        await journal.commit(claim, {
          record: recordOf('web'),
          audit: [{ ...step('r1', 'create'), at: machine.clock.wallMs() }],
        }),
      )
    }
    await commit()
    await eventually(async () => {
      await commit()
      return /Events are not written.*lacks the verb "create"/.test(
        await rig.kubectl('get', 'mkey', 'web', '-o', 'jsonpath={.status.recordingProblem}'),
      )
    }, 'the status says that Events are not written')
  })
})
