/* One managed key, with notifiers that are no more than a list of what they were told. */
import type { NotifyRules } from '../../../src/contracts/config.ts'
import type { Documents } from '../../../src/contracts/documents.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Journal } from '../../../src/contracts/journal.ts'
import type { NotifyEvent } from '../../../src/contracts/notifier.ts'
import type { Context } from '../../../src/service/context.ts'
import { Outbox } from '../../../src/service/notify/outbox.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'
import { type Around, wrapCalls } from '../../engine/wiring.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export interface Arrived {
  notifier: string
  event: NotifyEvent
  id: string
  at: number
}

export interface NotifyRig extends Rig {
  rules: NotifyRules
  /** In the order in which it came, of all processes. */
  arrived: Arrived[]
  /** How often each notifier was called. */
  attempts: Record<string, number>
  /** What a notifier does from now on instead of taking the event. */
  fail(notifier: string, act: (() => Promise<never>) | null): void
  /** A process with messages of its own. */
  open(around?: Around, more?: Partial<Context>): Context
}

/** `chat` gets warnings and alarms, `pager` alarms alone. */
export const plainRules: NotifyRules = {
  notifiers: { chat: { isPager: false, isRouted: false }, pager: { isPager: true, isRouted: false } },
  routes: [],
  owners: {},
}

export function makeNotifyRig(setup: Setup = {}, rules: NotifyRules = plainRules): NotifyRig {
  const rig = makeRig(setup)
  const arrived: Arrived[] = []
  const attempts: Record<string, number> = {}
  const failing = new Map<string, () => Promise<never>>()
  const made: NotifyRig = Object.assign(rig, {
    rules,
    arrived,
    attempts,
    fail: (notifier: string, act: (() => Promise<never>) | null) => {
      if (act) failing.set(notifier, act)
      else failing.delete(notifier)
    },
    open: (around?: Around, more?: Partial<Context>) => {
      const given = rig.process(around)
      const { documents } = given.journal
      const plain = around
        ? { ...given, journal: withDocuments(given.journal, wrapCalls('documents', documents, around)) }
        : given
      const outbox = new Outbox({
        ...plain,
        rules: () => made.rules,
        find: (key) => plain.keys.get(key),
      })
      const notifier = async (name: string) => ({
        notify: async (event: NotifyEvent, delivery?: { id: string }) => {
          attempts[name] = (attempts[name] ?? 0) + 1
          await failing.get(name)?.()
          arrived.push({ notifier: name, event, id: delivery?.id ?? '', at: rig.now() })
          return { said: 'taken' }
        },
      })
      const messages = {
        rules: made.rules,
        names: Object.keys(made.rules.notifiers),
        notifier,
        outbox,
        done: { nextSweepAt: 0 },
      }
      const tell = (event: NotifyEvent) => {
        rig.events.push(event)
        outbox.tell(event)
      }
      return { ...plain, providers: { ...plain.providers, tell }, messages, ...more }
    },
  })
  return made
}

function withDocuments(journal: Journal, documents: Documents): Journal {
  return new Proxy(journal, {
    get: (target, name, receiver) => (name === 'documents' ? documents : Reflect.get(target, name, receiver)),
  })
}

export function refuse(
  code: ProviderError['code'],
  more: { retryAfterMs?: number; isOwnSetUp?: true } = {},
): () => Promise<never> {
  return async () => {
    throw new ProviderError({
      code,
      provider: 'chat',
      message: 'it was not taken',
      effect: 'none',
      nextStep: 'Look at the other side.',
      ...more,
    })
  }
}

export const alarm: NotifyEvent = {
  at: 0,
  level: 'alarm',
  key: 'video',
  kind: 'usage-spike',
  message: '5 times as many',
}
