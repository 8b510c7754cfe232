/* What can stop a key, on a rig, and what a person does about it. */

import type { ApiIssuer, KeyIssuer } from '../../src/contracts/key-issuer.ts'
import { acceptSupply } from '../../src/workflow/people/supply.ts'
import { killAt, makeOperator, makeWorkload, rotateAndDie } from '../engine/actors.ts'
import { type Around, makeRig, type Rig } from '../engine/harness.ts'

export interface Trouble {
  rig: Rig
  /** What a person does before typing a command, if it says something like this. */
  person?: () => void
  /** Keys that live in the end; 1 unless said otherwise. */
  live?: number
  /** What `status --check` exits with at first; 4 unless said otherwise. */
  code?: number
}

/** Runs the rotation with a process that meets the trouble, and returns what the command line then says. */
async function meet(rig: Rig, around?: Around): Promise<void> {
  await rig.rotate({}, around ? rig.process(around, rig.context.journal) : rig.context)
}

function before(name: string, act: () => void): Around {
  let done = false
  return (call, run) => {
    if (call === name && !done) {
      done = true
      act()
    }
    return run()
  }
}

function api(issuer: KeyIssuer): ApiIssuer {
  if (issuer.lifecycle === 'operator') throw new Error('an issuer with an API')
  return issuer
}

/** By what stops the key. */
export const troubles: Record<string, () => Promise<Trouble>> = {
  'a live key of somebody else is in the target': async () => {
    const rig = makeRig()
    await rig.run()
    rig.write(0, rig.space.addKey({ name: 'by hand' }).material.value?.expose() ?? '')
    await meet(rig)
    return { rig, person: () => Object.assign(rig.space.keys[0] ?? {}, { revoked: true, deadFrom: 0 }) }
  },
  'targets hold different values': async () => {
    const rig = makeRig({ targets: 2 })
    const value = rig.space.keys[0]?.material.value?.expose() ?? ''
    rig.write(1, 'another-value-of-an-old-key')
    await rig.run()
    return { rig, person: () => rig.write(1, value) }
  },
  'the id of an adopted key is not known': async () => {
    const rig = makeRig({ issuer: { canIdentify: false } })
    await rig.run()
    return { rig }
  },
  'the account is full': async () => {
    const rig = makeRig({ issuer: { maxLiveKeys: 2 } })
    const stray = rig.space.addKey({ name: 'unused' })
    await meet(rig)
    return { rig, person: () => Object.assign(stray, { revoked: true, deadFrom: 0 }) }
  },
  'the answer to a creation was lost and asking again is not safe': async () => {
    const rig = makeRig({ issuer: { onLostAnswer: 'stop' } })
    rig.space.inject({ kind: 'hang', verb: 'issue' }, 1)
    await meet(rig)
    return { rig }
  },
  'a consumer runs with the old key': async () => {
    const first: { value?: string | null } = {}
    const app = makeWorkload({ tells: true, reads: () => first.value ?? rig.held()[0] ?? null })
    const rig = makeRig({ consumers: { app } })
    first.value = rig.held()[0] ?? null
    app.attach(rig)
    await meet(rig)
    return {
      rig,
      person: () => {
        delete first.value
        void app.restart()
      },
    }
  },
  'nothing proves that the consumers have moved': async () => {
    const rig = makeRig({ policy: { quietForMs: undefined } })
    await meet(rig)
    return { rig }
  },
  'a target left the config': async () => {
    const rig = makeRig({ targets: 2, waitMs: 2_000, policy: { overlapMs: 60_000 } })
    await meet(rig)
    Object.assign(rig.key, { targets: rig.key.targets.slice(0, 1) })
    rig.pass(60_100)
    await rig.run()
    return { rig }
  },
  'a consumer left the config': async () => {
    const app = makeWorkload({ tells: true })
    const rig = makeRig({ consumers: { app }, waitMs: 2_000, policy: { overlapMs: 60_000 } })
    app.attach(rig)
    await meet(rig)
    Object.assign(rig.key, { consumers: [] })
    rig.pass(60_100)
    await rig.run()
    return { rig }
  },
  'a store refuses': async () => {
    const rig = makeRig()
    const person = rig.secrets.inject({ kind: 'refuse', verb: 'check', code: 'invalid' })
    await meet(rig)
    return { rig, person }
  },
  'the probe accepts anything': async () => {
    const rig = makeRig()
    const person = rig.space.inject({ kind: 'accept-anything' })
    await meet(rig)
    return { rig, person }
  },
  'the probe is inconclusive after the deploy': async () => {
    const rig = makeRig()
    let person = () => {}
    const throttled = { kind: 'refuse', verb: 'probe', code: 'throttled', retryAfterMs: 20 } as const
    const down = before('store.write', () => {
      person = rig.space.inject(throttled)
    })
    await meet(rig, down)
    return { rig, person }
  },
  'both keys are refused after the deploy': async () => {
    const rig = makeRig()
    let person = () => {}
    const refused = before('store.write', () => {
      person = rig.space.inject({ kind: 'reject-all' })
    })
    await meet(rig, refused)
    return { rig, person }
  },
  'the issuer is down for too long': async () => {
    const rig = makeRig({ policy: { giveUpMs: 100 } })
    const person = rig.space.inject({ kind: 'refuse', verb: 'issue', code: 'throttled', retryAfterMs: 20 })
    await meet(rig)
    return { rig, person }
  },
  'the issuer refuses to create a key': async () => {
    const rig = makeRig()
    rig.space.inject({ kind: 'refuse', verb: 'issue', code: 'quota' }, 1)
    await meet(rig)
    return { rig }
  },
  'the issuer refuses to revoke the old key': async () => {
    const rig = makeRig()
    const person = rig.space.inject({ kind: 'refuse', verb: 'revoke', code: 'denied' })
    await meet(rig)
    return { rig, person }
  },
  'a person has to delete the old key': async () => {
    const rig = makeRig({ makeIssuer: makeOperator })
    await meet(rig)
    const made = rig.space.addKey({ name: 'by a person' })
    await rig.run({
      change: (record, now, values) => {
        acceptSupply(record, values.keep(made.material), now)
        return []
      },
    })
    const person = () => Object.assign(rig.space.keys[0] ?? {}, { revoked: true, deadFrom: 0 })
    // There is still time for it.
    return { rig, person, code: 0 }
  },
  'the issuer returns a key that is known': async () => {
    let isWrong = true
    const rig = makeRig({
      makeIssuer: (space, issuer) => ({
        ...api(issuer),
        issue: async (request, call) => {
          const made = await api(issuer).issue(request, call)
          return isWrong ? { ...made, material: space.keys[0]?.material ?? made.material } : made
        },
      }),
    })
    await meet(rig)
    const person = () => {
      isWrong = false
    }
    // What the issuer created and did not return lives: its id may as well be the old key's.
    return { rig, person, live: 2 }
  },
  'the journal is an old copy': async () => {
    const rig = makeRig({ waitMs: 2_000, policy: { overlapMs: 60_000 } })
    let commits = 0
    const dies = killAt((call) => (call === 'journal.commit' && ++commits === 3 ? 'before' : undefined))
    await rotateAndDie(rig, dies)
    const copy = structuredClone(rig.journal.rows.get('video'))
    await rig.run()
    if (copy) rig.journal.rows.set('video', copy)
    rig.pass(rig.key.leaseMs + 1)
    await rig.context.journal.claim('video', { holder: 'x', leaseMs: 100 })
    rig.pass(rig.key.leaseMs + 1)
    await rig.run()
    // The key of the rotation that the copy does not know was overwritten on a person's word.
    return { rig, live: 2 }
  },
  'a target cannot be read on the way back': async () => {
    const first: { value?: string | null } = {}
    const app = makeWorkload({ state: (runs) => (runs === first.value ? 'ready' : 'failed') })
    const rig = makeRig({ targets: 2, consumers: { app } })
    first.value = rig.held()[0] ?? null
    app.attach(rig)
    let person: (() => void) | undefined
    const down = { kind: 'refuse', verb: 'any', secret: 'app-1', code: 'unavailable' } as const
    await meet(rig, (_call, run) => {
      if (rig.events.some(({ kind }) => kind === 'rollback')) person ??= rig.secrets.inject(down)
      return run()
    })
    return { rig, ...(person ? { person } : {}) }
  },
}
