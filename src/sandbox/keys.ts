import type { FaultBook } from './faults.ts'
import { hashText } from './http.ts'
import { makeKeyValue, makeRandom } from './key-value.ts'

/** Keys that are remembered, including revoked ones; the oldest revoked ones are dropped first. */
export const MAX_KEYS = 10_000

const MIN_VALUE_CHARS = 16

export interface NewKey {
  name: string
  /** `all`, or one provider of the generation API, e.g. `google`. */
  scope?: string | undefined
  /** Chosen by the client. Default: a random one. */
  id?: string | undefined
  /** Milliseconds since 1970. */
  expiresAt?: number | undefined
  /** A given value instead of a random one; at least 16 characters. */
  value?: string | undefined
}

/** What only the creator of a key ever sees. */
export interface CreatedKey {
  id: string
  name: string
  scope: string
  /** The value. */
  key: string
  createdAt: number
  expiresAt: number | null
  fingerprint: string
}

/** A key without its value; times in milliseconds since 1970. */
export interface KeyView {
  id: string
  name: string
  scope: string
  state: 'active' | 'disabled' | 'revoked'
  /** Whether the generation API accepts it now, with the faults of the key. */
  accepted: boolean
  fingerprint: string
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
  lastUsedAt: number | null
  /** Responses of the generation API to this key, by status. */
  requests: Record<string, number>
  credits: number
}

export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: 'name_taken' | 'id_taken' | 'value_taken' | 'value_too_short' | 'key_limit'

  constructor(code: KeyError['code'], message: string) {
    super(message)
    this.code = code
  }
}

interface KeyRow extends Omit<KeyView, 'accepted'> {
  /** Grows with each new key; the pages of the list follow it. */
  seq: number
  hash: string
  acceptedFrom: number
  acceptedLeft: number
  acceptedUntil: number
  listedFrom: number
}

export interface KeyBookOptions {
  faults: FaultBook
  now: () => number
  uniqueNames: boolean
  maxLiveKeys: number
}

/** All keys of the sandbox. It keeps hashes, never values. */
export class KeyBook {
  #options: KeyBookOptions
  #rows = new Map<string, KeyRow>()
  #byHash = new Map<string, KeyRow>()
  #lastSeq = 0
  #liveCount = 0

  constructor(options: KeyBookOptions) {
    this.#options = options
  }

  /** Creates a key. @throws KeyError if name, id or value is taken, or there are too many live keys */
  create(wanted: NewKey): CreatedKey {
    const { faults, now } = this.#options
    const key = wanted.value ?? makeKeyValue()
    if (key.length < MIN_VALUE_CHARS) {
      throw new KeyError('value_too_short', `A key has at least ${MIN_VALUE_CHARS} characters.`)
    }
    const hash = hashText(key)
    const id = wanted.id ?? `key_${makeRandom(16)}`
    this.#refuseTaken(id, wanted.name, hash)
    this.#lastSeq += 1
    const createdAt = now()
    const about = { name: wanted.name, key: hash.slice(0, 16) }
    const row: KeyRow = {
      id,
      seq: this.#lastSeq,
      name: wanted.name,
      scope: wanted.scope ?? 'all',
      state: 'active',
      hash,
      fingerprint: about.key,
      createdAt,
      expiresAt: wanted.expiresAt ?? null,
      revokedAt: null,
      lastUsedAt: null,
      requests: {},
      credits: 0,
      acceptedFrom: createdAt + (faults.take(['late-activation'], about)?.ms ?? 0),
      acceptedLeft: faults.take(['early-death'], about)?.count ?? Number.POSITIVE_INFINITY,
      acceptedUntil: Number.POSITIVE_INFINITY,
      listedFrom: createdAt + (faults.take(['late-listing'], about)?.ms ?? 0),
    }
    this.#rows.set(id, row)
    this.#byHash.set(hash, row)
    this.#liveCount += 1
    const { name, scope, expiresAt, fingerprint } = row
    return { id, name, scope, key, createdAt, expiresAt, fingerprint }
  }

  #refuseTaken(id: string, name: string, hash: string): void {
    const { uniqueNames, maxLiveKeys } = this.#options
    if (this.#rows.has(id)) throw new KeyError('id_taken', 'A key with this id exists or existed.')
    if (this.#byHash.has(hash)) throw new KeyError('value_taken', 'A key with this value exists or existed.')
    if (uniqueNames && this.#hasLiveName(name)) {
      throw new KeyError('name_taken', 'A key with this name exists.')
    }
    if (this.#liveCount >= maxLiveKeys) {
      throw new KeyError('key_limit', `There are ${maxLiveKeys} live keys already; revoke one first.`)
    }
    if (this.#rows.size < MAX_KEYS) return
    const oldest = [...this.#rows.values()].find((row) => row.state === 'revoked')
    if (oldest) {
      this.#rows.delete(oldest.id)
      this.#byHash.delete(oldest.hash)
    }
  }

  /** Revokes a live key. Returns false if no live key has this id. */
  revoke(id: string): boolean {
    const row = this.#live(id)
    if (row === undefined) return false
    const { faults, now } = this.#options
    const about = { name: row.name, key: row.fingerprint }
    if (faults.take(['lying-revoke'], about)) return true
    this.#liveCount -= 1
    row.state = 'revoked'
    row.revokedAt = now()
    row.acceptedUntil = row.revokedAt + (faults.take(['late-revocation'], about)?.ms ?? 0)
    return true
  }

  /** Disables or enables a live key; undefined if no live key has this id. */
  setDisabled(id: string, disabled: boolean): KeyView | undefined {
    const row = this.#live(id)
    if (row === undefined) return undefined
    row.state = disabled ? 'disabled' : 'active'
    return this.#view(row)
  }

  /** The live key with this id. */
  find(id: string): KeyView | undefined {
    const row = this.#live(id)
    return row && this.#view(row)
  }

  /** The live key with this value. */
  findByValue(value: string): KeyView | undefined {
    const row = this.#byHash.get(hashText(value))
    return row && row.state !== 'revoked' ? this.#view(row) : undefined
  }

  /** Live keys that the list shows now, oldest first, after `afterSeq`. */
  page(afterSeq: number, limit: number): { keys: KeyView[]; nextSeq: number | null } {
    const now = this.#options.now()
    const rest = [...this.#rows.values()].filter(
      (row) => row.seq > afterSeq && row.state !== 'revoked' && row.listedFrom <= now,
    )
    const rows = rest.slice(0, limit)
    const nextSeq = rest.length > limit ? (rows.at(-1)?.seq ?? null) : null
    return { keys: rows.map((row) => this.#view(row)), nextSeq }
  }

  /** Every key, including revoked ones, oldest first: the truth, whatever faults hide. */
  all(): KeyView[] {
    return [...this.#rows.values()].map((row) => this.#view(row))
  }

  /** Whether the generation API accepts this value now, and for which scope. Uses up one acceptance of a dying key. */
  authenticate(value: string): { id: string; scope: string } | undefined {
    const row = this.#byHash.get(hashText(value))
    if (row === undefined || !this.#accepts(row)) return undefined
    row.acceptedLeft -= 1
    return { id: row.id, scope: row.scope }
  }

  /** Counts a response of the generation API to this value, if it is one of these keys. */
  note(value: string, status: number, credits: number): void {
    const row = this.#byHash.get(hashText(value))
    if (row === undefined) return
    row.requests[status] = (row.requests[status] ?? 0) + 1
    row.credits += credits
    if (status !== 401) row.lastUsedAt = this.#options.now()
  }

  clear(): void {
    this.#rows.clear()
    this.#byHash.clear()
    this.#liveCount = 0
  }

  #hasLiveName(name: string): boolean {
    for (const row of this.#rows.values()) if (row.name === name && row.state !== 'revoked') return true
    return false
  }

  #live(id: string): KeyRow | undefined {
    const row = this.#rows.get(id)
    return row?.state === 'revoked' ? undefined : row
  }

  #accepts(row: KeyRow): boolean {
    const now = this.#options.now()
    if (row.state === 'disabled' || row.acceptedLeft < 1 || now < row.acceptedFrom) return false
    return now < row.acceptedUntil && (row.expiresAt === null || now < row.expiresAt)
  }

  #view(row: KeyRow): KeyView {
    const { seq, hash, acceptedFrom, acceptedLeft, acceptedUntil, listedFrom, ...shown } = row
    return { ...shown, requests: { ...row.requests }, accepted: this.#accepts(row) }
  }
}
