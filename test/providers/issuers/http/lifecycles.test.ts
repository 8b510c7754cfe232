import { describe, expect, test } from 'vitest'
import type { ApiIssuer } from '../../../../src/contracts/key-issuer.ts'
import { type LifecycleRules, lifecycleRules } from '../../../../src/contracts/lifecycle.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { call, request, useService, value } from './service.ts'

const service = useService()
const none = { list: undefined, revoke: undefined }

/** A client whose secret is replaced in place, and which keeps the one before. */
const rolling = {
  ...none,
  lifecycle: 'roll',
  oldKeyOnIssue: { diesAfter: '48h' },
  create: { request: 'POST /client-secret', parts: { value: '$.value' } },
  readBack: { request: 'GET /client-secret', parts: { value: '$.value' } },
  endOverlap: { request: 'DELETE /client-secret/rotated' },
}

describe('roll', () => {
  test('old and new key never have the same id, and nothing that may end the old key is sent', async () => {
    let current = 'the-secret-before-the-roll'
    service.answer = (line) => {
      if (line.startsWith('POST')) current = value
      return { json: { value: current } }
    }
    const issuer = service.issuerWith(rolling)
    const old = await issuer.identify?.(material({ value: current }), call())
    const made = await issuer.issue(request, call())
    expect(made.ref).toEqual({ id: expect.stringMatching(/^fp:[0-9a-f]{16}$/) })
    expect(made.ref.id).not.toBe(old?.id)
    const sent = service.seen.length
    for (const key of [made, { ref: old }]) {
      await expect(issuer.revoke(key as object, call())).rejects.toMatchObject({
        code: 'invalid',
        effect: 'none',
      })
    }
    await expect(issuer.list(call())).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    expect(service.seen).toHaveLength(sent)
  })

  test('a lost answer is resolved by reading back, with the value', async () => {
    service.answer = () => ({ json: { value } })
    const back = await service.issuerWith(rolling).readBack?.(call())
    expect(back?.material.value?.expose()).toBe(value)
    expect(back?.ref.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  })

  test('the end of the overlap is a verb of its own', async () => {
    service.answer = () => ({ status: 204 })
    await service.issuerWith(rolling).endOverlap?.(call())
    expect(service.seen.map(({ line }) => line)).toEqual(['DELETE /client-secret/rotated'])
  })

  test('an id that stays the same carries the fingerprint, and goes back without it', async () => {
    service.answer = () => ({ json: { id: 'client-1', value } })
    const create = {
      request: 'POST /clients/{{ current.id }}/secret',
      id: '$.id',
      parts: { value: '$.value' },
    }
    const { ref } = await service
      .issuerWith({ ...rolling, create })
      .issue({ ...request, current: { ref: { id: 'client-1@0123456789abcdef' } } }, call())
    expect(ref.id).toMatch(/^client-1@[0-9a-f]{16}$/)
    expect(service.seen[0]?.line).toBe('POST /clients/client-1/secret')
  })
})

/** Two keys of an account, of which one at a time is regenerated. */
const places = {
  ...none,
  lifecycle: 'slots',
  slots: { key1: { value: '$.key1' }, key2: { value: '$.key2' } },
  create: { request: 'POST /regenerateKey', json: { keyName: '{{ slot }}' } },
  readBack: { request: 'POST /listKeys' },
}

describe('slots', () => {
  const keys = { key1: '', key2: '' }
  let made = 0
  const start = () => {
    Object.assign(keys, { key1: 'first-key-of-the-account', key2: 'second-key-of-the-account' })
    service.answer = (line, body) => {
      if (line === 'POST /regenerateKey')
        keys[JSON.parse(body).keyName as 'key1'] = `regenerated-key-number-${++made}`
      return { json: keys }
    }
    return service.issuerWith(places)
  }
  const changes = () => service.seen.filter(({ line }) => line === 'POST /regenerateKey')

  test('creating regenerates the place that is not in use, revoking the one of the key', async () => {
    const issuer = start()
    const old = await issuer.identify?.(material({ value: keys.key1 }), call())
    if (old === undefined) throw new Error('the place in use is not found')
    expect(old.id).toMatch(/^key1@[0-9a-f]{16}$/)
    const fresh = await issuer.issue({ ...request, current: { ref: old } }, call())
    expect(fresh.ref.id).toMatch(/^key2@[0-9a-f]{16}$/)
    expect(fresh.material.value?.expose()).toBe(keys.key2)
    expect(keys.key1).toBe('first-key-of-the-account')
    await issuer.revoke({ ref: old }, call())
    expect(keys.key1).not.toBe('first-key-of-the-account')
    expect(keys.key2).toBe(fresh.material.value?.expose())
    expect((await issuer.list(call())).map(({ id }) => id)).not.toContain(old.id)
  })

  test('a key whose place holds another one by now is not found, and the place is left alone', async () => {
    const issuer = start()
    const [one] = await issuer.list(call())
    if (one === undefined) throw new Error('no place')
    await issuer.revoke({ ref: one }, call())
    const count = changes().length
    for (const key of [{ ref: one }, { material: material({ value: 'first-key-of-the-account' }) }]) {
      await expect(issuer.revoke(key, call())).rejects.toMatchObject({ code: 'not_found', effect: 'none' })
    }
    expect(changes()).toHaveLength(count)
  })

  test('without a key that is known to be in use no place is free', async () => {
    const issuer = start()
    const unknown = { material: material({ value: 'a-key-that-is-in-neither-place' }) }
    for (const current of [undefined, unknown]) {
      const asked = { ...request, ...(current === undefined ? {} : { current }) }
      await expect(issuer.issue(asked, call())).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    }
    expect(changes()).toHaveLength(0)
  })

  test('a lost answer is found: the place shows another key than before', async () => {
    const issuer = start()
    const before = await issuer.list(call())
    const seen = before.map(({ id }) => id)
    keys.key2 = 'regenerated-without-an-answer'
    const found = await issuer.find({ name: '', mark: '', seen }, call())
    expect(found.map(({ id }) => id)).toEqual([expect.stringMatching(/^key2@/)])
    expect(issuer.traits).toMatchObject({ onLostAnswer: 'infer', exclusive: true })
  })
})

describe('self', () => {
  const ours = {
    lifecycle: 'self',
    create: {
      request: 'PUT /passwords/{{ name }}',
      json: { password: '{{ value }}' },
      generate: { value: { prefix: 'app_', length: 32 } },
      id: '$.name',
    },
    list: { request: 'GET /passwords', items: '$.byName', map: true, name: '$.label' },
    revoke: { request: 'DELETE /passwords/{{ id }}' },
  }

  test('the value is ours: sent, returned, and the same again for the same mark', async () => {
    service.answer = () => ({ json: { name: 'app' } })
    const issuer = service.issuerWith(ours)
    const made = await issuer.issue(request, call())
    const sent = JSON.parse(service.seen[0]?.body ?? '').password
    expect(sent).toMatch(/^app_[A-Za-z0-9]{32}$/)
    expect(made.material.value?.expose()).toBe(sent)
    const again = await issuer.issue(request, call())
    expect(again.material.value?.expose()).toBe(sent)
    const other = await issuer.issue({ ...request, mark: 'k7f3-20261122-k7f3qa-2' }, call())
    expect(other.material.value?.expose()).not.toBe(sent)
  })

  test('a list that is an object is read by the names of its members', async () => {
    service.answer = () => ({ json: { byName: { '9007199254740993': { label: 'a' }, b: {} } } })
    expect(await service.issuerWith(ours).list(call())).toEqual([
      { id: '9007199254740993', name: 'a' },
      { id: 'b' },
    ])
  })
})

test('the table says of each lifecycle what its verbs mean', () => {
  const rulesOf = (issuer: ApiIssuer): LifecycleRules =>
    lifecycleRules({
      lifecycle: issuer.lifecycle,
      traits: issuer.traits,
      canEndOverlap: issuer.endOverlap !== undefined,
      canReadBack: issuer.readBack !== undefined,
    })
  const many = rulesOf(service.issuerWith())
  expect(many).toMatchObject({ onLost: 'find', discardNew: 'revoke', endOld: 'revoke', rollBack: 'always' })
  expect(rulesOf(service.issuerWith(rolling))).toEqual({
    create: 'api',
    oldOnCreate: 'dies-later',
    diesAfterMs: 172_800_000,
    createAgain: 'ends-old',
    onLost: 'read-back',
    isListed: false,
    discardNew: 'keep',
    endOld: 'end-overlap',
    rollBack: 'before-deadline',
  })
  const dying = { ...rolling, oldKeyOnIssue: 'dies', endOverlap: undefined, readBack: undefined }
  expect(rulesOf(service.issuerWith(dying))).toMatchObject({
    oldOnCreate: 'dies',
    onLost: 'stop',
    discardNew: 'keep',
    endOld: 'by-itself',
    rollBack: 'never',
  })
  const { endOverlap: _, ...ending } = rolling
  expect(rulesOf(service.issuerWith(ending))).toMatchObject({
    endOld: 'by-itself',
    oldOnCreate: 'dies-later',
  })
  expect(rulesOf(service.issuerWith({ ...rolling, oldKeyOnIssue: 'lives' }))).toMatchObject({
    endOld: 'end-overlap',
    rollBack: 'always',
  })
  expect(rulesOf(service.issuerWith(places))).toMatchObject({ createAgain: 'ends-new', onLost: 'infer' })
})
