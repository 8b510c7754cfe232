/* Whatever an issuer or a store calls an id, a name, a version or an error: no value enters a record, a trail or an event. */

import { describe, expect, test } from 'vitest'
import { ProviderError } from '../../src/contracts/errors.ts'
import type { ApiIssuer, KeyIssuer } from '../../src/contracts/key-issuer.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { check } from '../../src/service/check.ts'
import { resume } from '../../src/service/resume.ts'
import { makeRig, type Rig } from './harness.ts'

/** An issuer that differs from the one in memory in some verbs. */
const changed =
  (change: (api: ApiIssuer) => Partial<ApiIssuer>) =>
  (_space: unknown, api: KeyIssuer): KeyIssuer =>
    ({ ...api, ...change(api as ApiIssuer) }) as ApiIssuer

function valuesOf(rig: Rig): string[] {
  return rig.space.keys.flatMap((key) => Object.values(key.material).map((value) => value.expose()))
}

/** Nothing that Keyrota keeps or tells shows the value of any key of the account, in any usual encoding. */
async function expectKept(rig: Rig, ...more: unknown[]): Promise<void> {
  const { journal } = rig.context
  const shown = JSON.stringify([
    await journal.load(rig.key.name),
    await journal.trail({ limit: 10_000 }),
    rig.events,
    ...more,
  ])
  for (const value of valuesOf(rig)) {
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64url')])
      expect(shown).not.toContain(form)
  }
}

const byValue = (
  rig: { space: { keys: readonly { id: string; material: object }[] } },
  id: string,
): string => {
  const key = rig.space.keys.find((one) => one.id === id)
  return Object.values(key?.material ?? {})[0]?.expose() ?? id
}

describe('an issuer that gives', () => {
  test.each<[string, (value: string) => string]>([
    ['the value as the id of a new key', (value) => value],
    ['the value in base64', (value) => Buffer.from(value).toString('base64')],
    ['a path with the value in it', (value) => `/tokens/${encodeURIComponent(value)}`],
    ['the value without its prefix', (value) => value.slice(4)],
  ])('%s is refused, and no second key is asked for by that', async (_, idOf) => {
    const rig = makeRig({
      makeIssuer: changed((api) => ({
        issue: async (request, call) => {
          const made = await api.issue(request, call)
          return { ...made, ref: { ...made.ref, id: idOf(made.material.value?.expose() ?? '') } }
        },
      })),
    })
    await rig.rotate()
    expect((await rig.rotation()).attempts[0]?.ref?.id ?? '').not.toContain('mem-')
    expect(rig.accepted()).toContain(rig.held()[0])
    await expectKept(rig)
  })

  test('secrets as the ids of its list keeps everything as it is', async () => {
    const rig = makeRig({
      makeIssuer: changed((api) => ({
        list: async (call) => (await api.list(call)).map((ref) => ({ ...ref, id: byValue(rig, ref.id) })),
      })),
    })
    const before = rig.held()
    await rig.rotate()
    expect(rig.held()).toEqual(before)
    expect((await rig.rotation()).hold?.detail).toContain('is, or holds, a secret')
    const findings = await check(rig.context, [])
    expect(findings.map(({ text }) => text).join()).toContain('is, or holds, a secret')
    await expectKept(rig, findings)
  })

  test('secrets as ids before there is a key of ours keeps none of them', async () => {
    const rig = makeRig({
      empty: true,
      makeIssuer: changed((api) => ({
        list: async (call) => (await api.list(call)).map((ref) => ({ ...ref, id: byValue(rig, ref.id) })),
        issue: async (request, call) => {
          const made = await api.issue(request, call)
          return { ...made, ref: { ...made.ref, id: made.material.value?.expose() ?? '' } }
        },
      })),
    })
    rig.space.addKey({ name: 'of somebody else' })
    await rig.rotate()
    expect((await rig.rotation()).seen).toEqual([expect.stringMatching(/^fp:[0-9a-f]{16}$/)])
    await expectKept(rig)
  })

  test.each<[string, (value: string) => string]>([
    ['itself', (value) => value],
    ['in an address', (value) => `https://api.example.com/tokens/${encodeURIComponent(value)}`],
  ])('the value of another managed key is found out by its fingerprint: %s', async (_, idOf) => {
    const other = makeRig({ keyName: 'other', seed: 2 })
    await other.run()
    const [stranger = ''] = valuesOf(other)
    const rig = makeRig({
      makeIssuer: changed((api) => ({
        list: async (call) => [...(await api.list(call)), { id: idOf(stranger), name: 'theirs' }],
      })),
    })
    const context = { ...rig.context, journal: other.context.journal }
    await rig.rotate({}, context)
    const { record } = await context.journal.load(rig.key.name)
    expect(record?.rotation?.hold?.detail).toContain('is, or holds, a secret')
    expect(JSON.stringify(record)).not.toContain(stranger)
  })

  test.each<[string, (value: string) => Partial<ApiIssuer>]>([
    [
      'an error that quotes the value',
      (value) => ({
        revoke: async () => {
          const message = `DELETE /tokens/${encodeURIComponent(value)} and ${value}`
          throw new ProviderError({
            code: 'denied',
            provider: 'issuer',
            message,
            effect: 'none',
            nextStep: value,
          })
        },
      }),
    ],
    [
      'a verdict whose reason quotes the value',
      (value) => ({ probe: async () => ({ verdict: 'unknown', why: `no such key: ${value}` }) }),
    ],
  ])('%s is told without it', async (_, change) => {
    const rig = makeRig({
      makeIssuer: (space, api) => {
        const [old] = space.keys
        return { ...api, ...change(Object.values(old?.material ?? {})[0]?.expose() ?? '') } as ApiIssuer
      },
    })
    await rig.rotate()
    const findings = await check(rig.context, [])
    const trail = await rig.context.journal.trail({ limit: 10_000 })
    expect(JSON.stringify([trail, findings])).toContain('[secret]')
    await expectKept(rig, findings)
  })
})

test('a consumer that reports its key in place of a fingerprint, or in its reasons, is shown without it', async () => {
  const rig: Rig = makeRig({
    consumers: {
      worker: {
        restart: async () => {},
        ready: async () => {
          const [old = '', fresh = old] = valuesOf(rig)
          return { is: 'ready', fingerprint: fresh, why: `runs with ${old}` }
        },
      },
    },
    policy: { quietForMs: undefined },
  })
  await rig.rotate()
  const findings = await check(rig.context, [])
  expect(JSON.stringify(findings)).toContain('[secret]')
  await expectKept(rig, findings)
})

test('a store whose versions are the values is not written to', async () => {
  const wrapStore = (store: SecretStore): SecretStore => ({
    ...store,
    read: async (...given) => {
      const stored = await store.read(...given)
      return { ...stored, version: Object.values(stored.material)[0]?.expose() ?? '' }
    },
  })
  const rig = makeRig({ wrapStore })
  const before = rig.held()
  await rig.rotate()
  expect(rig.held()).toEqual(before)
  await expectKept(rig)
})

describe('resume', () => {
  const adopted = async () => {
    const rig = makeRig({ issuer: { canIdentify: false } })
    await rig.run()
    return rig
  }

  test.each<[string, (value: string) => string]>([
    ['id: and the value of the key', (value) => `id:${value}`],
    ['the value alone', (value) => value],
    ['deleted: and the value', (value) => `deleted:${value}`],
    ['id: and most of the value', (value) => `id:${value.slice(4)}`],
    ['id: and the value in an URL', (value) => `id:https://api.example.com/${encodeURIComponent(value)}`],
  ])('%s is refused and not repeated', async (_, word) => {
    const rig = await adopted()
    const [value = ''] = valuesOf(rig)
    const refusal = await resume(rig.context, 'video', [word(value)]).catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('the value of a key'),
      nextStep: expect.stringContaining('keyrota rotate video --compromised'),
    })
    await expectKept(rig, String(refusal), (refusal as { nextStep: string }).nextStep)
  })

  test('the value of a key that the record names, though no target holds it any more', async () => {
    const rig = await adopted()
    const [value = ''] = valuesOf(rig)
    await rig.rotate()
    const refusal = await resume(rig.context, 'video', [`id:${value}`]).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'refused' })
    await expectKept(rig, String(refusal))
  })

  test('an id that nobody knows is not repeated, and the right one is taken', async () => {
    const rig = await adopted()
    const refusal = await resume(rig.context, 'video', ['id:an-admin-token-0001']).catch(
      (error: unknown) => error,
    )
    expect(String(refusal)).not.toContain('an-admin-token-0001')
    await resume(rig.context, 'video', [`id:${rig.live()[0]}`])
    expect((await rig.record()).current?.ref?.id).toBe(rig.live()[0])
  })
})
