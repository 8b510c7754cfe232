import type { KeyConfig } from '../../../src/contracts/config.ts'
import type { Context } from '../../../src/service/context.ts'
import { Declarations } from '../../../src/service/declared/declarations.ts'
import { run } from '../../../src/service/run.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'
import { FakeSource } from './fake-source.ts'

export const KEY = 'team-a/video'

export interface DeclaredRig {
  rig: Rig
  source: FakeSource
  /** What one `keyrota run` does: reads what is declared, then works. */
  run(about?: Partial<Context>): ReturnType<typeof run>
  /** A context as `open` makes it. */
  open(about?: Partial<Context>): Promise<Context>
  /** No declaration is accepted as long as this is true. */
  refuse(isRefused: boolean, path?: string): void
  change(key: Partial<KeyConfig>): void
}

/** One key of a team, declared at a fake source, with memory providers. */
export function makeDeclaredRig(setup: Setup = {}): DeclaredRig {
  const rig = makeRig({ keyName: KEY, ...setup })
  const source = new FakeSource()
  source.add(KEY)
  let isRefused = false
  let key: KeyConfig = { ...rig.key }
  const problem = { path: 'spec.every', message: 'is a number', expected: 'a duration' }
  async function open(about: Partial<Context> = {}): Promise<Context> {
    const declared = new Declarations({
      source,
      read: (all) => ({
        keys: new Map(isRefused ? [] : all.map((one) => [one.key, { ...key, name: one.key }])),
        refused: new Map(isRefused ? all.map((one) => [one.key, [{ ...problem }]]) : []),
      }),
      configured: new Map(),
    })
    return { ...rig.context, declared, keys: await declared.refresh(), ...about }
  }
  return {
    rig,
    source,
    open,
    run: async (about = {}) => run(await open(about)),
    refuse: (refused, path = 'spec.every') => {
      isRefused = refused
      problem.path = path
    },
    change: (more) => {
      key = { ...key, ...more }
    },
  }
}
