/**
 * The verb `serve`: does everything that is due, for as long as the process runs. It sleeps until the next moment that
 * records and config name, or until somebody changes one of them. Several processes share the work by their claims.
 */

import { JournalError } from '../../contracts/errors.ts'
import type { Journal } from '../../contracts/journal.ts'
import { choresOfServe } from '../chores.ts'
import { Alarm } from './alarm.ts'
import { Chores } from './chores.ts'
import { Declaration } from './declaration.ts'
import { Health } from './health.ts'
import { Jumps } from './jumps.ts'
import { Ledger } from './ledger.ts'
import { type JournalCall, observeJournal } from './observe-journal.ts'
import { Pace } from './pace.ts'
import type { LiveSource, Reloaded, ServeEnd, ServeOptions, Serving } from './source.ts'
import { StandingPause } from './standing-pause.ts'
import { watchAll } from './watches.ts'
import { Worklist } from './worklist.ts'

/** The longest piece of a sleep: a machine that was suspended, or whose clock was set, shows it within this time. */
const PIECE_MS = 60_000
/** A notice that was missed costs no rotation: everything is read again, this often with a watch and without. */
const READ_AGAIN_MS = { watched: 900_000, unwatched: 60_000 }

export function prepareServe(source: LiveSource, options: ServeOptions): Serving {
  const server = new Server(source, options)
  return {
    health: server.health,
    keys: () => server.keys(),
    reload: () => server.askReload(),
    ring: (kind) => server.ring(kind),
    work: () => server.work(),
  }
}

class Server {
  readonly health: Health
  readonly #source: LiveSource
  readonly #options: ServeOptions
  readonly #journal: Journal
  readonly #ledger: Ledger
  readonly #alarm: Alarm
  readonly #worklist: Worklist
  readonly #chores: Chores
  #isReloadAsked = false
  readonly #declaration: Declaration
  #readAgainAt = 0
  readonly #journalPace: Pace
  readonly #jumps: Jumps
  readonly #pause: StandingPause

  constructor(source: LiveSource, options: ServeOptions) {
    const { clock, journal } = source.context
    this.#source = source
    this.#options = options
    this.health = new Health(clock)
    this.#alarm = new Alarm(clock)
    this.#journalPace = new Pace(clock)
    this.#declaration = new Declaration(source, options.listener)
    this.#jumps = new Jumps(clock)
    this.#journal = observeJournal(journal, clock, {
      called: (call) => this.#journalCalled(call),
      committed: (key, record) => {
        this.#worklist.noteCommit(this.#ledger.records.get(key), record)
        this.#ledger.take(key, record)
        this.#worklist.takeNews(key)
      },
      looked: (keys, at) => this.#ledger.takeLooks(keys, at),
    })
    this.#ledger = new Ledger(this.#journal)
    this.#pause = new StandingPause(this.#journal)
    this.#worklist = new Worklist({
      source,
      journal: this.#journal,
      ledger: this.#ledger,
      listener: options.listener,
      freed: () => this.#alarm.ring(),
    })
    this.#chores = new Chores({
      chores: choresOfServe(() => this.health.ready().isGood),
      clock,
      context: () => ({ ...source.context, journal: this.#journal }),
      failed: (name, error) => options.listener.failed?.(name, error),
      ended: () => this.#alarm.ring(),
    })
  }

  keys(): ReturnType<Serving['keys']> {
    const { keys } = this.#source.context
    const strays = [...this.#ledger.records].filter(([name, { rotation }]) => rotation && !keys.has(name))
    return [
      ...[...keys].map(([name, config]) => ({ name, config, record: this.#ledger.records.get(name) })),
      ...strays.map(([name, record]) => ({ name, config: undefined, record })),
    ]
  }

  ring(kind: string | null): void {
    this.#pause.notice(kind)
    this.#chores.ring(kind)
    this.#alarm.ring()
  }

  askReload(): void {
    this.#isReloadAsked = true
    this.#alarm.ring()
  }

  async work(): Promise<ServeEnd> {
    const { stop } = this.#source.context
    const wake = () => this.#alarm.ring()
    stop.addEventListener('abort', wake)
    const watching = watchAll(this.#source, {
      recordChanged: (key) => {
        if (key === null || !this.#worklist.putAside(key)) this.#ledger.notice(key)
        this.#alarm.ring()
      },
      documentChanged: (kind) => this.ring(kind),
      configChanged: () => this.askReload(),
      say: (line) => this.#say(line),
    })
    while (!stop.aborted) {
      const isTurned = await this.#tryTurn()
      await this.#alarm.sleep(isTurned ? this.#sleepMs() : PIECE_MS)
    }
    stop.removeEventListener('abort', wake)
    this.health.stopping()
    const [left] = await Promise.all([
      this.#worklist.end(this.#options.graceMs),
      this.#chores.end(this.#options.graceMs),
    ])
    await watching
    return { left }
  }

  /** A defect ends no process that others rely on: it is told, and `healthz` shows a loop that does not turn. */
  async #tryTurn(): Promise<boolean> {
    try {
      await this.#turn()
      return true
    } catch (error) {
      this.#options.listener.failed?.('serve', error)
      return false
    }
  }

  async #turn(): Promise<void> {
    const { clock } = this.#source.context
    if (this.#jumps.take()) this.#worklist.judgeAll()
    if (clock.monotonicMs() >= this.#readAgainAt) {
      this.#ledger.notice(null)
      this.#declaration.retry()
      this.#isReloadAsked ||= this.#readAgainAt > 0
    }
    if (this.#isReloadAsked) await this.#reload()
    const isRead = await this.#read()
    if (isRead) {
      this.#declaration.make()
      this.#worklist.takeUp()
      this.#chores.takeUp()
    }
    this.health.turned(isRead)
  }

  /** Reads what may have changed; a journal that has failed is asked after a pause. @returns whether it works. */
  async #read(): Promise<boolean> {
    if (!this.#ledger.isStale && !this.#pause.isStale) return true
    if (this.health.isJournalDown && this.#journalPace.restMs > 0) return false
    try {
      await this.#refresh()
    } catch (error) {
      if (!(error instanceof JournalError)) throw error
      this.#journalPace.failed()
      return false
    }
    this.#journalPace.worked()
    if (this.health.setJournal(null)) this.#say('the journal works again')
    return true
  }

  async #refresh(): Promise<void> {
    const { clock, journal } = this.#source.context
    const isAll = this.#ledger.isAllStale
    const said = isAll || this.#pause.isStale ? await this.#pause.refresh(this.#source.context) : null
    if (said !== null) this.#say(said)
    if (said !== null && !isAll) this.#worklist.judgeAll()
    const changed = await this.#ledger.refresh()
    if (isAll) {
      const everyMs = READ_AGAIN_MS[journal.watch && journal.documents.watch ? 'watched' : 'unwatched']
      this.#readAgainAt = clock.monotonicMs() + everyMs
      this.#worklist.judgeAll()
      this.#chores.ring(null)
    }
    for (const key of changed) this.#worklist.judge(key, { isNews: true })
  }

  /** Trouble is over when the records were read again, so that one call that succeeds does not hide ten that fail. */
  #journalCalled(call: JournalCall): void {
    this.#options.listener.journalCalled?.(call)
    const isTrouble = call.code === 'unavailable' || call.code === 'corrupt' || call.code === 'newer-schema'
    if (!isTrouble) return
    const why = call.why ?? call.code
    this.#ledger.notice(null)
    if (this.health.setJournal(why)) this.#say(`${why}; nothing new is begun until it works again`)
  }

  #sleepMs(): number {
    const now = this.#source.context.clock.monotonicMs()
    if (this.health.isJournalDown) return Math.min(PIECE_MS, this.#journalPace.restMs)
    return Math.max(
      0,
      Math.min(PIECE_MS, this.#readAgainAt - now, this.#worklist.nextInMs(), this.#chores.nextInMs()),
    )
  }

  async #reload(): Promise<void> {
    this.#isReloadAsked = false
    const before = this.#source.context.limits.atOnce
    const reloaded = await this.#source.reload()
    this.#options.listener.reloaded?.(reloaded.is)
    for (const { key, error } of reloaded.troubles ?? []) this.#options.listener.failed?.(key, error)
    if (reloaded.is === 'refused') {
      this.health.setConfig(reloaded.why)
      this.#say(`the changed config is refused, the old one stays: ${reloaded.why}`)
      return
    }
    this.health.setConfig(null)
    if (reloaded.is === 'taken') this.#take(reloaded, before)
  }

  #take({ summary, close }: Reloaded & { is: 'taken' }, atOnceBefore: number): void {
    this.#say(`the changed config is taken: ${summary}`)
    this.#worklist.resize(this.#source.context.limits.atOnce - atOnceBefore)
    const replaced = async () => {
      try {
        await close()
      } catch (error) {
        this.#options.listener.failed?.('serve', error)
      }
    }
    void Promise.all([this.#worklist.settled(), this.#chores.renew()]).then(replaced)
    this.#declaration.renew()
    this.#worklist.judgeAll({ isNews: true })
  }

  #say(line: string): void {
    this.#options.listener.say?.(line)
  }
}
