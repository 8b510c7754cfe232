import { run } from '../../../src/service/run.ts'
import type { ReportRig } from './rig.ts'

/** Goes on with the key until nothing is due. */
export async function runAll({ rig, context }: ReportRig): Promise<void> {
  for (let looks = 0; looks < 10; looks += 1) {
    await run(context)
    const { request, rotation } = await rig.record()
    if (request === null && rotation === null) return
    rig.pass(60_000)
  }
  throw new Error('it did not come to its end')
}

/** The key as another config has it; null: not at all. */
export function withPolicy(change: { observe: boolean } | null): (one: ReportRig) => void {
  return (one) => {
    const { key } = one.rig
    one.context.keys = new Map(change === null ? [] : [[key.name, { ...key, ...change }]])
  }
}
