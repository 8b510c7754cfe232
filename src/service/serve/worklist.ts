/** What is to be done and who does it: takes up what is due, within the limits, and judges each key again afterwards. */
import type { Journal } from '../../contracts/journal.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { fractionOf } from '../../contracts/spread.ts'
import { labelsOf } from '../../engine/at-hand.ts'
import { Slots } from '../../engine/slots.ts'
import type { Context } from '../context.ts'
import { type Errand, planFrom } from '../run-plan.ts'
import { Agenda } from './agenda.ts'
import { Crew, type Job } from './crew.ts'
import { look, type Outcome, visit } from './errands.ts'
import type { Ledger } from './ledger.ts'
import { nextMomentOf } from './next-moment.ts'
import type { LiveSource, ServeListener } from './source.ts'

/** A claim is kept so long for waiting alone: well within the time that a person's command waits for it. */
const HOLD_MS = 30_000
/** Keys of the same issuer and stores that are read, or adopted, at the same time. */
const LOOKS_AT_ONCE = 16
/** What `limits.perRun` counts within: a `run` every quarter of an hour may start as many. */
const RUN_MS = 900_000
/** A key that the limits hold back is judged again after this time, and whenever a rotation ends. */
const POSTPONED_MS = 60_000
/** Looks are spread over this time among the processes that share them. */
const LOOK_SPREAD_MS = 30_000
/** Starts are spread over this time among the processes, and what a person asked for over less. */
const START_SPREAD_MS = 2_000
const ASKED_SPREAD_MS = 500
/** A rotation that another process drove last is left to it for so long, up to twice that. */
const FOREIGN_DELAY_MS = 2_000
const DEFAULT_LEASE_MS = 60_000

type Kind = 'rotate' | 'visit' | 'look'

export interface WorklistAbout {
  source: LiveSource
  /** The journal to work with: what is committed through it is known to the ledger. */
  journal: Journal
  ledger: Ledger
  listener: ServeListener
  /** Called when work on a key has ended. */
  freed(): void
}

export class Worklist {
  readonly #about: WorklistAbout
  readonly #slots: Slots
  readonly #agenda: Agenda
  readonly #crew: Crew
  /** Keys whose rotation is driven, or waits for its turn. */
  readonly #rotating = new Set<string>()
  /** Keys that are worked on and whose record somebody may have changed meanwhile. */
  readonly #aside = new Set<string>()
  /** Keys whose rotation this process has driven last. */
  readonly #ours = new Set<string>()
  /** When this process started a rotation lately, on the monotonic clock. */
  #starts: number[] = []
  /** Why keys that are due wait, as it was said. */
  #postponedFor = new Set<string>()

  constructor(about: WorklistAbout) {
    const { limits, clock } = about.source.context
    this.#about = about
    this.#slots = new Slots(limits.atOnce)
    this.#agenda = new Agenda(clock)
    this.#crew = new Crew({
      workers: (lane) => (lane.startsWith('rotate ') ? this.#given.limits.atOnce : LOOKS_AT_ONCE),
      ended: () => about.freed(),
    })
  }

  /** Judges every key by its record and the present config. */
  judgeAll(about: { isNews?: boolean } = {}): void {
    const { keys } = this.#given
    const { records } = this.#about.ledger
    for (const name of this.#agenda.keys) if (!keys.has(name) && !records.has(name)) this.#agenda.drop(name)
    for (const name of new Set([...keys.keys(), ...records.keys()])) this.judge(name, about)
  }

  /** `isNews`: somebody else has changed its record, or its config: what held it back does so no longer. */
  judge(name: string, { isNews = false }: { isNews?: boolean } = {}): void {
    const { clock, keys, installation, holder, standing } = this.#given
    const at = nextMomentOf(this.#about.ledger.records.get(name), {
      now: clock.wallMs(),
      uptime: clock.uptime(),
      installation,
      key: keys.get(name),
      spreadMs: LOOK_SPREAD_MS * fractionOf(`${holder} ${name}`),
      pausedAll: standing.pausedAll,
    })
    if (isNews) this.#ours.delete(name)
    this.#agenda.set(name, at, this.#delayMs(name))
    if (isNews) this.#agenda.free(name)
  }

  /**
   * How much later than at its moment this process wants the key. Each one has another delay for it, so that the others
   * see that it is driven before they try; who drove a rotation last goes on with it.
   */
  #delayMs(name: string): number {
    const record = this.#about.ledger.records.get(name)
    if (record?.rotation) return this.#ours.has(name) ? 0 : FOREIGN_DELAY_MS * (1 + this.#fraction(name))
    return (record?.request ? ASKED_SPREAD_MS : START_SPREAD_MS) * this.#fraction(name)
  }

  /** Takes up everything that is due now, within the limits. */
  takeUp(): void {
    const due = this.#agenda.due().filter((name) => !this.#crew.has(name))
    if (due.length === 0) return
    const plan = planFrom(this.#given, this.#about.ledger.records, {
      among: new Set(due),
      busy: this.#rotating,
      startedInRun: this.#countStarts(),
      takeOver: false,
    })
    for (const errand of plan.rotations) this.#add('rotate', errand, (context) => visit(context, errand))
    for (const errand of plan.visits) this.#add('visit', errand, (context) => visit(context, errand))
    for (const errand of plan.looks) this.#add('look', errand, (context) => look(context, errand))
    for (const { key } of plan.postponed) this.#agenda.hold(key, POSTPONED_MS)
    this.#sayPostponed(new Set(plan.postponed.map(({ why }) => why)))
    for (const { key } of plan.idle)
      this.#rest(
        key,
        plan.postponed.some((one) => one.key === key),
      )
  }

  /** Nothing is to be done after all. */
  #rest(name: string, isPostponed: boolean): void {
    this.judge(name)
    if (!isPostponed && this.#agenda.isDue(name)) this.#agenda.holdInVain(name, this.#fraction(name))
  }

  /**
   * Puts a notice aside while this process works on the key: most are of its own commits, and a claim reads the record
   * anew. @returns whether it does.
   */
  putAside(name: string): boolean {
    if (!this.#crew.has(name)) return false
    this.#aside.add(name)
    return true
  }

  /** How long until a key is due that is not worked on. */
  nextInMs(): number {
    return this.#agenda.nextInMs((name) => this.#crew.has(name))
  }

  /** So many more rotations may work at the same time, or fewer. */
  resize(by: number): void {
    this.#slots.resize(by)
  }

  /** A chore has changed the record, such as by a leak that was reported: nothing else tells of it. */
  takeNews(name: string): void {
    if (this.#crew.has(name)) return
    this.judge(name, { isNews: true })
    this.#about.freed()
  }

  /** Notes what this process has committed. */
  noteCommit(before: KeyRecord | undefined, after: KeyRecord): void {
    if (after.rotation) this.#ours.add(after.key)
    else this.#ours.delete(after.key)
    if (after.rotation && after.rotation.id !== before?.rotation?.id)
      this.#starts.push(this.#given.clock.monotonicMs())
  }

  /** Resolves when what is worked on now has ended. */
  settled(): Promise<void> {
    return this.#crew.settled()
  }

  /** Takes nothing up any more, and waits for what is under way. @returns the keys that did not end in time. */
  async end(graceMs: number): Promise<string[]> {
    this.#crew.dropWaiting()
    const over = new AbortController()
    await Promise.race([this.settled(), this.#given.clock.sleep(graceMs, over.signal)])
    over.abort()
    return this.#crew.working
  }

  get #given(): Context {
    return this.#about.source.context
  }

  #add(kind: Kind, errand: Errand, work: (context: Context) => Promise<Outcome>): void {
    const { name } = errand
    const isUrgent = this.#about.ledger.records.get(name)?.request?.reason === 'compromised'
    if (kind === 'rotate') this.#rotating.add(name)
    const job: Job = {
      key: name,
      lane: `${kind} ${labelsOf(this.#given, name, null).join()}`,
      isUrgent,
      // Each process begins elsewhere, so that several of them seldom want the same key.
      order: isUrgent ? -1 : this.#fraction(name),
      run: () => this.#run(kind, name, work),
    }
    this.#crew.add(job)
  }

  async #run(kind: Kind, name: string, work: (context: Context) => Promise<Outcome>): Promise<void> {
    const context: Context = {
      ...this.#given,
      journal: this.#about.journal,
      slots: this.#slots,
      holdMs: HOLD_MS,
    }
    const outcome = await this.#try(name, () => work(context))
    this.#rotating.delete(name)
    this.judge(name)
    // Under a claim nobody else has changed it.
    const isOurs = kind !== 'look' && outcome === 'done'
    if (outcome === 'changed' || (this.#aside.delete(name) && !isOurs)) this.#about.ledger.notice(name)
    if (outcome === 'claimed')
      this.#agenda.hold(name, this.#leaseMs(name) * (1 + 0.25 * this.#fraction(name)))
    else if (outcome === 'failed' || (outcome === 'done' && this.#agenda.isDue(name)))
      this.#agenda.holdInVain(name, this.#fraction(name))
    else this.#agenda.free(name)
  }

  /** What goes wrong with one key stops that key alone. */
  async #try(name: string, work: () => Promise<Outcome>): Promise<Outcome | 'failed'> {
    try {
      return await work()
    } catch (error) {
      this.#about.listener.failed?.(name, error)
      return 'failed'
    }
  }

  /** A lease that nobody renews is taken over once it was seen unchanged for its whole length. */
  #leaseMs(name: string): number {
    return this.#given.keys.get(name)?.leaseMs ?? DEFAULT_LEASE_MS
  }

  #fraction(name: string): number {
    return fractionOf(`${this.#given.holder} ${name}`)
  }

  #countStarts(): number {
    const since = this.#given.clock.monotonicMs() - RUN_MS
    this.#starts = this.#starts.filter((at) => at > since)
    return this.#starts.length
  }

  #sayPostponed(reasons: Set<string>): void {
    for (const why of reasons)
      if (!this.#postponedFor.has(why)) this.#about.listener.say?.(`keys that are due wait: ${why}`)
    this.#postponedFor = reasons
  }
}
