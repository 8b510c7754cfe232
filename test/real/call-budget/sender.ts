/** A process that sends calls under a shared budget, as the engine does, until it is told to stop or killed. */
import { openSqliteJournal } from '../../../providers/journals/sqlite/index.ts'
import { sendRequest } from '../../../providers/shared/http/client.ts'
import { toStatusError } from '../../../providers/shared/http/errors.ts'
import { openCallBudget } from '../../../src/budget/call-budget.ts'
import { limitCall } from '../../../src/engine/limit-call.ts'
import { machine } from '../../../src/machine.ts'
import { nameProcess } from '../../../src/process-identity.ts'

const [journalPath = '', host = '', calls = '0', perSecond = '1'] = process.argv.slice(2)
const ATONCE = 16

const journal = openSqliteJournal(journalPath, machine)
const budget = openCallBudget({
  ...machine,
  documents: journal.documents,
  holder: nameProcess(),
  stop: new AbortController().signal,
  limitsOf: async () => ({
    account: 'counted service',
    classes: { writes: { calls: Number(perSecond), perMs: 1_000 } },
    costs: () => [{ class: 'writes', calls: 1 }],
  }),
})
const hand = { clock: machine.clock, beforeSend: () => {}, budget, turnWaitMs: 20_000 }

async function send(): Promise<boolean> {
  try {
    await limitCall(hand, { provider: 'counted', verb: 'write', limitMs: 5_000 }, async (call) => {
      const answer = await sendRequest(
        { provider: 'counted', hosts: [host] },
        { method: 'POST', url: `http://${host}/${process.pid}`, mutates: true },
        call,
      )
      if (answer.status !== 200) throw toStatusError(answer, answer.subject)
    })
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'throttled')) throw error
    await machine.clock.sleep(1_000)
    return false
  }
}

let left = Number(calls)
const lane = async () => {
  while (left > 0) {
    left -= 1
    while (!(await send()));
  }
}
await Promise.all(Array.from({ length: ATONCE }, lane))
await budget.close()
await journal.close()
