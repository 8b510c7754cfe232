/* Two managed keys with one value. */

import type { KeyConfig } from '../../src/contracts/config.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

/** A second managed key, in a secret of its own, with the value of the first one. */
export function addTwin(rig: Rig, name = 'twin', changes: Partial<KeyConfig> = {}): void {
  const content = rig.secrets.contentOf('app-0')
  rig.secrets.addSecret(name, { KEY: typeof content === 'string' ? content : (content.KEY ?? '') })
  const target = { id: `store/${name}#KEY`, store: 'store', secret: name, fields: { value: 'KEY' } }
  const key: KeyConfig = { ...rig.key, name, targets: [target], ...changes }
  rig.context.keys = new Map([...rig.context.keys, [name, key]])
}

export async function makeTwins(setup: Setup = {}): Promise<Rig & { shared: string }> {
  const rig = makeRig(setup)
  addTwin(rig)
  return Object.assign(rig, { shared: rig.live()[0] ?? '' })
}

export const fieldOf = (rig: Rig, secret: string, field = 'KEY') => {
  const content = rig.secrets.contentOf(secret)
  return typeof content === 'string' ? undefined : content[field]
}

export const holdOf = async (rig: Rig, key = 'video') =>
  (await rig.context.journal.load(key)).record?.rotation?.hold
export const recordOf = async (rig: Rig, key: string) => (await rig.context.journal.load(key)).record
