/** Takes events without waiting, and writes the messages that they come to into the journal. */
import type { Ambient } from '../../contracts/clock.ts'
import type { NotifyRules } from '../../contracts/config.ts'
import { JournalError } from '../../contracts/errors.ts'
import type { Journal } from '../../contracts/journal.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { type By, isWanted, takeEvent, takeTroubles } from './quiet.ts'
import type { KeyFacts } from './routes.ts'
import { aboutOf, idOf, type Subject } from './subject.ts'
import { isKeptInRecord, troublesOf } from './troubles.ts'

/** Events that wait for a journal that fails; the records keep what most of them are about. */
const MOST_PENDING = 1_000

export interface OutboxAbout extends Pick<Ambient, 'clock' | 'random'> {
  readonly journal: Pick<Journal, 'load' | 'documents'>
  /** By the config as it is now. */
  rules(): NotifyRules
  find(key: string): KeyFacts | undefined
}

export class Outbox {
  readonly #about: OutboxAbout
  readonly #pending: NotifyEvent[] = []
  #writing: Promise<void> | null = null
  #error: unknown = null
  /** Whether something was written since this was last set to false. */
  hasNews = false

  constructor(about: OutboxAbout) {
    this.#about = about
  }

  /** Never throws and never waits. */
  tell(event: NotifyEvent): void {
    const { rules, find } = this.#about
    if (Object.keys(rules().notifiers).length === 0) return
    // What happens to a key of a campaign is in the campaign's own summary.
    if (event.key !== undefined && event.campaign !== undefined) return
    const key = event.key === undefined ? undefined : find(event.key)
    if (!isKeptInRecord(event.kind) && !isWanted(event, { rules: rules(), key })) return
    this.#pending.push(event)
    if (this.#pending.length > MOST_PENDING) this.#dropOne()
    this.#writing ??= this.#writeAll()
  }

  /** Waits until everything is written. @throws JournalError when that fails; what is left is tried again. */
  async flush(): Promise<void> {
    if (this.#pending.length > 0) this.#writing ??= this.#writeAll()
    await this.#writing
    const error = this.#error
    this.#error = null
    if (error !== null) throw error
  }

  /** Compares a record with what people were told; `known`: as it was read lately. */
  async look(about: { key: string }, record: KeyRecord | null, known?: Subject): Promise<void> {
    const troubles = record ? troublesOf(record, this.#about.clock.wallMs()).troubles : []
    if (known && takeTroubles(known, about, troubles, this.#by(about)) === undefined) return
    await this.#change(about, (subject, by) => takeTroubles(subject, about, troubles, by))
  }

  /** The same for a record that has to be read first. A damaged one shows nothing, and ends nothing either. */
  async lookUp(key: string): Promise<void> {
    try {
      const { record } = await this.#about.journal.load(key)
      await this.look({ key }, record)
    } catch (error) {
      if (!(error instanceof JournalError && error.code === 'corrupt')) throw error
    }
  }

  /** The oldest of the least important: a flood of news must not take an alarm with it. */
  #dropOne(): void {
    const level = (['info', 'warning', 'alarm'] as const).find((one) =>
      this.#pending.some((event) => event.level === one),
    )
    const at = this.#pending.findIndex((event) => event.level === level)
    this.#pending.splice(at, 1)
  }

  async #writeAll(): Promise<void> {
    try {
      for (let [event] = this.#pending; event !== undefined; [event] = this.#pending) {
        await this.#writeOrDrop(event)
        const at = this.#pending.indexOf(event)
        if (at >= 0) this.#pending.splice(at, 1)
      }
    } catch (error) {
      // Who flushes is told; a rotation is not.
      this.#error = error
    } finally {
      this.#writing = null
    }
  }

  /** @throws JournalError, so that it is tried again; what is a defect would only fail again. */
  async #writeOrDrop(event: NotifyEvent): Promise<void> {
    try {
      await this.#write(event)
    } catch (error) {
      if (error instanceof JournalError) throw error
      this.#error = error
    }
  }

  async #write(event: NotifyEvent): Promise<void> {
    if (event.key !== undefined && isKeptInRecord(event.kind)) return await this.lookUp(event.key)
    const about = aboutOf(event)
    await this.#change(about, (subject, by) => takeEvent(subject, about, event, by))
  }

  async #change(
    about: Subject['about'],
    take: (known: Subject | null, by: By) => Subject | undefined,
  ): Promise<void> {
    const { journal, clock, random } = this.#about
    const by = this.#by(about)
    let isWritten = false
    const hand = { documents: journal.documents, clock, random }
    const change = (known: Subject | null) => {
      const next = take(known, by)
      isWritten = next !== undefined
      return next
    }
    await changeOrRenew<Subject>(hand, idOf(about), change)
    this.hasNews ||= isWritten
  }

  #by({ key }: Subject['about']): By {
    const { clock, random, rules, find } = this.#about
    return {
      rules: rules(),
      key: key === undefined ? undefined : find(key),
      now: clock.wallMs(),
      makeId: () => `msg_${random(24)}`,
    }
  }
}
