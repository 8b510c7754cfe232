/* One installation with a managed key, and a receiver that reads a body of JSON as it is. */
import type { LeakReceiver, ReportPolicy } from '../../../src/contracts/receiver.ts'
import { Reception } from '../../../src/receive/receive.ts'
import type { Context } from '../../../src/service/context.ts'
import { reportChore } from '../../../src/service/reports/work-reports.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'

export interface ReportRig {
  rig: Rig
  context: Context
  /** Of the key in use. */
  value(): string
  reception: Reception
  heard: { receiver: string; result: string; why?: string }[]
  /** Errors that were no answer's reason. */
  failed: unknown[]
  /** Posts this as JSON. @returns the status of the answer */
  send(body: unknown, receiver?: string): Promise<number>
  /** Works off what waits. @returns when it wants to go on */
  work(): Promise<number | null>
  documents(kind: string): Promise<{ name: string; text: string }[]>
}

/** Takes `{ "texts": [...], "hash": …, "place": …, "url": … }`, or a list of them; `forged`: it is refused. */
export function plainReceiver(policy: Partial<ReportPolicy>, more: Partial<LeakReceiver> = {}): LeakReceiver {
  return {
    policy: { does: 'ask', rotationsPerDay: 25, ...policy },
    async open({ body }) {
      const given = JSON.parse(body.toString())
      if (given.forged) return { is: 'refused', why: 'signature wrong' }
      const leaks = (Array.isArray(given) ? given : [given]).map(({ texts = [], ...rest }) => ({
        texts: texts.map((text: string) => Buffer.from(text)),
        ...rest,
      }))
      return { is: 'report', leaks }
    },
    ...more,
  }
}

export async function makeReportRig(
  policy: Partial<ReportPolicy> = {},
  about: { setup?: Setup; more?: Partial<LeakReceiver>; context?: Context } = {},
): Promise<ReportRig> {
  const rig = makeRig(about.setup)
  await rig.run()
  const provider = plainReceiver(policy, about.more)
  const context: Context = {
    ...(about.context ?? rig.context),
    receivers: { names: ['scanner'], get: async () => provider },
  }
  const heard: ReportRig['heard'] = []
  const failed: unknown[] = []
  const reception = new Reception({
    context: () => context,
    taken: () => undefined,
    heard: (one) => void heard.push(one),
    failed: (_, error) => void failed.push(error),
  })
  return {
    ...{ rig, context, reception, heard, failed },
    value: () => {
      const content = rig.secrets.contentOf(rig.key.targets[0]?.secret ?? '')
      return typeof content === 'string' ? content : (content.KEY ?? '')
    },
    send: async (body, receiver = 'scanner') =>
      (await reception.answer(receiver, {}, Buffer.from(JSON.stringify(body)))).status,
    work: () => reportChore.work(context),
    documents: (kind) => context.journal.documents.list(kind, { limit: 1_000 }),
  }
}
