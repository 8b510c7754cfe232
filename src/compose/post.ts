/** Joins messages to people, and the heartbeat, with the config, the journal and the notifiers. */
import { outside } from '../../providers/index.ts'
import type { Config } from '../contracts/config.ts'
import { JournalError } from '../contracts/errors.ts'
import type { Journal } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import { machine } from '../machine.ts'
import type { Context, Heartbeat } from '../service/context.ts'
import { deliverNews } from '../service/notify/chore.ts'
import { Outbox } from '../service/notify/outbox.ts'
import type { Present } from './changed-config.ts'

/** A command that has told something tries to deliver it before it ends, for so long at most. */
const LAST_TRY_MS = 5_000

export class Post {
  readonly #outbox: Outbox
  readonly #present: () => Present
  readonly #done = { nextSweepAt: 0 }

  constructor(journal: Journal, present: () => Present) {
    this.#present = present
    this.#outbox = new Outbox({
      journal,
      ...machine,
      rules: () => present().config.notify,
      find: (key) => present().keys.get(key),
    })
  }

  tell(event: NotifyEvent): void {
    this.#outbox.tell(event)
  }

  /** By the config as it is now. */
  context(): Pick<Context, 'messages' | 'heartbeat'> {
    const { config, made } = this.#present()
    const messages = {
      rules: config.notify,
      names: Object.keys(config.notifiers),
      notifier: (name: string) => made.notifier(name),
      outbox: this.#outbox,
      done: this.#done,
    }
    return config.heartbeat ? { messages, heartbeat: heartbeatOf(config.heartbeat) } : { messages }
  }

  /** The next process delivers what could not be written or sent now: the records show what it was about. */
  async deliverNews(context: Context): Promise<void> {
    try {
      await deliverNews(context, LAST_TRY_MS)
    } catch (error) {
      if (!(error instanceof JournalError)) throw error
    }
  }
}

function heartbeatOf({ url, everyMs }: NonNullable<Config['heartbeat']>): Heartbeat {
  return {
    everyMs,
    beat: async (signal) => {
      const { callHeartbeat } = await outside.heartbeat()
      await callHeartbeat(url, signal)
    },
  }
}
