import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import {
  assertNothingLeaks,
  newCall,
  newValue,
  oneField,
  put,
  refused,
} from '../../laws/secret-store/helpers.ts'
import { openWays, type Under, type Way, type Ways } from '../../shared/stand-ins/kubernetes/applying.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { makeKubernetesStore } from '../../shared/stand-ins/kubernetes/store-fixture.ts'

/* Each way in which a manifest or a chart is applied again: what a check says before, what happens, what is said after. */

const server = new KubernetesServer()
let ways: Ways

beforeAll(async () => {
  await server.start()
  ways = await openWays(server)
})
afterAll(async () => {
  await ways.close()
  await server.stop()
})

interface Row {
  way: Way
  under: Under
  /** A refusal, or a note, of the check before the first rotation. */
  refuses?: RegExp
  notes?: RegExp
  /** What applying the old manifest once more does. */
  again: 'fails' | 'restores'
  /** What the drift is blamed on; absent when nothing drifts. */
  writer?: string
  /** A note of the check after that. */
  after?: RegExp
  /** What leaving the field out does after our write. */
  without: 'keeps' | 'deletes'
}

const rows: Readonly<Record<string, Row>> = {
  'kubectl apply, data': {
    way: 'clientSide',
    under: 'data',
    notes: /copy of API_KEY.*brings the old key back, and without the field in it deletes/,
    again: 'restores',
    writer: 'kubectl-client-side-apply',
    after: /copy of API_KEY/,
    without: 'deletes',
  },
  'kubectl apply, stringData': {
    way: 'clientSide',
    under: 'stringData',
    notes: /copy of API_KEY.*brings the old key back/,
    again: 'restores',
    writer: 'kubectl-client-side-apply',
    after: /copy of API_KEY/,
    without: 'keeps',
  },
  'kubectl apply --server-side, data': {
    way: 'serverSide',
    under: 'data',
    notes: /kubectl applied API_KEY server-side.*fails with a conflict/,
    again: 'fails',
    without: 'keeps',
  },
  'kubectl apply --server-side, stringData': {
    way: 'serverSide',
    under: 'stringData',
    notes: /kubectl applied API_KEY under `stringData`.*brings the old key back without a conflict/,
    again: 'restores',
    writer: 'kubectl',
    after: /under `stringData`/,
    without: 'keeps',
  },
  'kubectl replace, data': {
    way: 'replace',
    under: 'data',
    again: 'restores',
    writer: 'kubectl-replace',
    after: /kubectl replace.*brings the old key back/,
    without: 'deletes',
  },
  'kubectl replace, stringData': {
    way: 'replace',
    under: 'stringData',
    again: 'restores',
    writer: 'kubectl-replace',
    after: /kubectl replace.*brings the old key back/,
    without: 'deletes',
  },
  'Helm 4, data': {
    way: 'helm4',
    under: 'data',
    refuses: /Helm/,
    again: 'fails',
    after: /Helm made/,
    without: 'keeps',
  },
  'Helm 4, stringData': {
    way: 'helm4',
    under: 'stringData',
    refuses: /Helm/,
    again: 'restores',
    writer: 'helm',
    after: /helm applied API_KEY under `stringData`/,
    without: 'keeps',
  },
  'Helm 3 (client side), data': {
    way: 'helm3',
    under: 'data',
    refuses: /Helm/,
    again: 'restores',
    writer: 'helm',
    after: /Helm made/,
    without: 'deletes',
  },
  'Helm 3 (client side), stringData': {
    way: 'helm3',
    under: 'stringData',
    refuses: /Helm/,
    again: 'restores',
    writer: 'helm',
    after: /Helm made/,
    without: 'keeps',
  },
  ...Object.fromEntries(
    (['argocd-controller', 'kustomize-controller'] as const).flatMap((manager) =>
      (['data', 'stringData'] as const).map((under): [string, Row] => [
        `${manager}, ${under}`,
        {
          way: manager,
          under,
          refuses: manager === 'argocd-controller' ? /Argo CD/ : /Flux/,
          again: 'restores',
          writer: manager,
          without: 'keeps',
        },
      ]),
    ),
  ),
}

/** One row, from the first apply to the last. */
async function play(row: Row, name: string): Promise<void> {
  const { under } = row
  const apply = ways[row.way]
  const secret = `${server.namespace}/${name}`
  const address = oneField(secret)
  const strict = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  const allowing = makeKubernetesStore({ kubeconfig: server.kubeconfig, writers: { allow: ['*'] } })
  const old = newValue()
  await apply(name, under, old)
  await assertBefore(row, strict, secret)

  const value = newValue()
  const { version } = await strict.read(address, 'current', newCall())
  await put(strict, address, value, version)
  const again = await apply(name, under, old).then(
    () => 'done' as const,
    (error: unknown) => String(error),
  )
  const held = (await server.readFields(secret)).API_KEY
  const seen = await strict.read(address, 'current', newCall())
  if (row.again === 'fails') {
    assert.match(again, /conflict with \\?"keyrota/)
    assert.equal(held, value)
  } else {
    assert.equal(again, 'done')
    assert.equal(held, old, 'the dead key is back')
    assert.equal(seen.mark, undefined)
  }
  assert.equal(seen.writer, row.writer)
  const after = (await allowing.check(address, newCall())).notes.join('\n')
  assert.match(after, row.after ?? /^/)
  if (row.refuses && row.again === 'restores') await refused(strict.check(address, newCall()), 'invalid')

  const last = newValue()
  await put(strict, address, last, seen.version)
  await apply(name, under, undefined)
  assert.equal((await server.readFields(secret)).API_KEY, row.without === 'keeps' ? last : undefined)
}

async function assertBefore(row: Row, store: SecretStore, secret: string): Promise<void> {
  const checked = store.check(oneField(secret), newCall())
  if (row.refuses) {
    const error = await refused(checked, 'invalid')
    assert.match(error.message, row.refuses)
    assert.match(error.nextStep, /Target .* instead.*writers: \{ allow: \['/)
    return
  }
  const { notes } = await checked
  assertNothingLeaks(notes)
  if (row.notes) assert.match(notes.join('\n'), row.notes)
  else assert.deepEqual(notes, [])
}

describe('a manifest or a chart that has the field is applied again', () => {
  for (const [index, [name, row]] of Object.entries(rows).entries()) {
    test(name, () => play(row, `writers-${index}`))
  }
})

test('what the note on `stringData` advises keeps the key, before and after the first rotation', async () => {
  await ways.serverSide('advice-string', 'stringData', 'old-key-of-a-person')
  await ways.serverSide('advice-string', 'stringData', undefined)
  const secret = `${server.namespace}/advice-string`
  assert.equal((await server.readFields(secret)).API_KEY, 'old-key-of-a-person')
  const store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  assert.deepEqual((await store.check(oneField(secret), newCall())).notes, [])
})

test('what the note on the copy of kubectl advises keeps the key, and takes the stale value away', async () => {
  const store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
  for (const under of ['data', 'stringData'] as const) {
    const name = `advice-copy-${under.toLowerCase()}`
    const secret = `${server.namespace}/${name}`
    await ways.clientSide(name, under, newValue())
    const [note = ''] = (await store.check(oneField(secret), newCall())).notes
    const command = /`kubectl (annotate [^`]*)`/.exec(note)?.[1] ?? ''
    const value = newValue()
    await put(
      store,
      oneField(secret),
      value,
      (await store.read(oneField(secret), 'current', newCall())).version,
    )
    await server.kubectl(...command.split(' '))
    await ways.clientSide(name, under, undefined)
    assert.equal((await server.readFields(secret)).API_KEY, value)
    assert.deepEqual((await store.check(oneField(secret), newCall())).notes, [])
  }
})
