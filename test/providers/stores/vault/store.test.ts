import assert from 'node:assert/strict'
import { test } from 'vitest'
import { judgeWrite, type Seen } from '../../../../providers/shared/store/judge-write.ts'
import { SentMarks } from '../../../../providers/stores/vault/history.ts'
import { checkAddress, options } from '../../../../providers/stores/vault/options.ts'
import { permissions } from '../../../../providers/stores/vault/permissions.ts'
import { shareWork } from '../../../../providers/stores/vault/sign-in/shared-work.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'

/** What becomes of a write under this mark, when version 4 (or the given one) is current and holds these fields. */
function judge(
  marks: SentMarks,
  [mark, replaces]: readonly [mark: string, replaces: string],
  fields: Seen['fields'],
  version = 4,
) {
  const madeBy = marks.findMaker('place', { mark, replaces }, version)
  return judgeWrite({ version: String(version), fields, madeBy }, { mark, replaces })
}

test('without a memory the number distinguishes a repeat from a conflict', () => {
  const marks = new SentMarks()
  assert.equal(judge(marks, ['m1', '4'], 'other'), 'write')
  assert.equal(judge(marks, ['m1', '4'], 'same'), 'write')
  assert.equal(judge(marks, ['m1', '4'], 'none'), 'conflict')
  assert.equal(judge(marks, ['m1', '3'], 'same'), 'repeat')
  assert.equal(judge(marks, ['m1', '3'], 'other'), 'conflict')
  assert.equal(judge(marks, ['m1', '2'], 'same'), 'conflict')
  assert.equal(judge(marks, ['m1', 'absent'], 'none'), 'write')
  assert.equal(judge(marks, ['m1', 'absent'], 'same'), 'repeat')
  assert.equal(judge(marks, ['m1', 'absent'], 'other'), 'conflict')
})

test('a mark that was sent is a repeat against any version it is named with, and never with another value', () => {
  const marks = new SentMarks()
  marks.remember('place', { mark: 'm1', version: 4 })
  for (const replaces of ['3', '4', 'absent']) {
    assert.equal(judge(marks, ['m1', replaces], 'same'), 'repeat')
    assert.equal(judge(marks, ['m1', replaces], 'other'), 'conflict')
    assert.equal(judge(marks, ['m1', replaces], 'same', 5), 'conflict')
  }
  assert.equal(judge(marks, ['m1', '3'], 'same', 3), 'write')
})

test('a version that another mark made is not mistaken for ours', () => {
  const marks = new SentMarks()
  const forget = marks.remember('place', { mark: 'm1', version: 4 })
  assert.equal(judge(marks, ['m2', '3'], 'same'), 'conflict')
  assert.equal(judge(marks, ['m2', '4'], 'same'), 'write')
  forget()
  assert.equal(judge(marks, ['m2', '3'], 'same'), 'repeat')
})

test('an address is refused for its path and its fields', () => {
  const problems = (secret: string, ...fields: (string | null)[]) =>
    checkAddress({
      secret,
      fields: Object.fromEntries(fields.map((field, index) => [`part${index}`, field])),
    })
  assert.deepEqual(problems('apps/renderer v2/ünï', 'KEY', 'ID'), [])
  assert.equal(problems('/apps', null).length, 2)
  assert.equal(problems('apps', 'KEY', 'KEY').length, 1)
  assert.equal(problems('apps').length, 1)
})

test('a policy names each path once and escapes what HCL would read as a template', () => {
  const given = options.parse({
    address: 'https://vault.test',
    auth: { token: { env: 'T' } },
    namespace: 'team',
  })
  const addresses = [`b/${'$'}{x}`, 'a', 'a'].map((secret) => ({ secret, fields: { value: 'K' } }))
  const text = permissions({ options: given, addresses, role: 'reader' })
  assert.match(text, /namespace team/)
  assert.deepEqual(text.match(/^path .*$/gm), ['path "secret/data/a" {', 'path "secret/data/b/$${x}" {'])
})

test('a policy names the mount from the namespace of the token', () => {
  const print = (namespace: string | undefined, signsInAt: string | undefined) => {
    const auth = { token: { env: 'T' }, namespace: signsInAt }
    const given = options.parse({ address: 'https://vault.test', namespace, auth })
    const addresses = [{ secret: 'app', fields: { value: 'K' } }]
    const [place = '', path = ''] = permissions({ options: given, addresses, role: 'reader' }).split('\n')
    return `${/namespace [\w/]+/.exec(place)?.[0] ?? 'anywhere'}: ${path}`
  }
  assert.equal(print(undefined, undefined), 'anywhere: path "secret/data/app" {')
  assert.equal(print('a/b', undefined), 'namespace a/b: path "secret/data/app" {')
  assert.equal(print('a/b', 'a'), 'namespace a: path "b/secret/data/app" {')
  assert.equal(print('a/b', 'root'), 'namespace root: path "a/b/secret/data/app" {')
  assert.equal(print('ab', 'a'), 'namespace ab: path "secret/data/app" {')
})

test('options: a token is never given inline and never sent without TLS', () => {
  assert.ok(!options.safeParse({ address: 'https://v.test', auth: { token: 's.abc' } }).success)
  assert.ok(!options.safeParse({ address: 'http://v.test', auth: { token: { env: 'T' } } }).success)
  assert.ok(
    !options.safeParse({ address: 'https://v.test', auth: { token: { env: 'T' }, appRole: {} } }).success,
  )
})

test('shared work that the lease of its starter stopped is repeated under the lease of the caller that waits for it', async () => {
  const work = shareWork({ provider: 'vault', what: 'work' }, async (call) => {
    await Promise.resolve()
    call.beforeSend()
    return 'done'
  })
  const ends = await Promise.allSettled([work.join(newCall({ leaseOverAt: 1 })), work.join(newCall())])
  assert.deepEqual(
    ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.name)),
    ['LeaseOverError', 'done'],
  )
})

test('shared work that does not end is given up when its owner is closed', async () => {
  const work = shareWork(
    { provider: 'vault', what: 'work' },
    ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
  )
  const waiting = work.join(newCall())
  await work.close(AbortSignal.timeout(20))
  await assert.rejects(waiting, /given up/)
  await assert.rejects(work.join(newCall()), /closed/)
})
