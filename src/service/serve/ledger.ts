/** The records as this process knows them: read once, then kept up by its own commits and by notices of the journal. */
import { isDeepStrictEqual } from 'node:util'
import type { Journal } from '../../contracts/journal.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { readRecords } from '../../engine/all-records.ts'

/** Beyond so many keys that somebody may have changed, one list costs less than a load for each. */
const LOADS_AT_MOST = 100
const LOADS_AT_ONCE = 16

export class Ledger {
  readonly #journal: Pick<Journal, 'load' | 'list'>
  readonly #records = new Map<string, KeyRecord>()
  /** Keys whose record somebody may have changed. */
  #noticed = new Set<string>()
  #isAllNoticed = true
  /** Keys that this process committed while the journal was being read: what was read may be older. */
  #committed = new Set<string>()

  constructor(journal: Pick<Journal, 'load' | 'list'>) {
    this.#journal = journal
  }

  get records(): ReadonlyMap<string, KeyRecord> {
    return this.#records
  }

  /** Whether `refresh` has something to read. */
  get isStale(): boolean {
    return this.#isAllNoticed || this.#noticed.size > 0
  }

  /** Whether that is everything. */
  get isAllStale(): boolean {
    return this.#isAllNoticed || this.#noticed.size > LOADS_AT_MOST
  }

  /** Somebody may have changed the record of this key; null: of any key. */
  notice(key: string | null): void {
    if (key === null) this.#isAllNoticed = true
    else this.#noticed.add(key)
  }

  /** This process has committed the record. */
  take(key: string, record: KeyRecord): void {
    this.#records.set(key, record)
    this.#committed.add(key)
  }

  /** This process has noted a look. */
  takeLooks(keys: readonly string[], at: number): void {
    for (const key of keys) {
      const record = this.#records.get(key)
      if (record) this.take(key, { ...record, lookedAt: at })
    }
  }

  /**
   * Reads what was noticed; what could not be read stays noticed.
   * @returns the keys whose record is another one now.
   * @throws JournalError
   */
  async refresh(): Promise<Set<string>> {
    const noticed = this.#noticed
    const isAll = this.isAllStale
    this.#noticed = new Set()
    this.#isAllNoticed = false
    this.#committed = new Set()
    try {
      return isAll ? await this.#readAll() : await this.#readEach([...noticed])
    } catch (error) {
      if (isAll) this.#isAllNoticed = true
      for (const key of noticed) this.#noticed.add(key)
      throw error
    }
  }

  async #readAll(): Promise<Set<string>> {
    const read = await readRecords(this.#journal)
    const changed = new Set<string>()
    for (const key of this.#records.keys()) if (!read.has(key)) this.#replace(key, null, changed)
    for (const [key, record] of read) this.#replace(key, record, changed)
    return changed
  }

  async #readEach(keys: readonly string[]): Promise<Set<string>> {
    const changed = new Set<string>()
    for (let at = 0; at < keys.length; at += LOADS_AT_ONCE) {
      const some = keys.slice(at, at + LOADS_AT_ONCE)
      const snapshots = await Promise.all(some.map((key) => this.#journal.load(key)))
      for (const [index, key] of some.entries()) this.#replace(key, snapshots[index]?.record ?? null, changed)
    }
    return changed
  }

  #replace(key: string, record: KeyRecord | null, changed: Set<string>): void {
    const known = this.#records.get(key) ?? null
    if (this.#committed.has(key) || isDeepStrictEqual(known, record)) return
    if (record) this.#records.set(key, record)
    else this.#records.delete(key)
    changed.add(key)
  }
}
