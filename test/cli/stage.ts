/* A complete setting for command line tests: gateway, managed key, consumer. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteJournal } from '../../providers/journals/sqlite/index.ts'
import { type KeyRecord, newRecord } from '../../src/contracts/record.ts'
import { machine } from '../../src/machine.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/gateway.ts'
import { type Installation, KEY, makeInstallation, TOKEN_NAME, valueIn } from './installation.ts'
import { fingerprint, type PollingConsumer, startConsumer } from './polling-consumer.ts'

/** A gateway, one managed key from an earlier rotation, and a consumer that uses it. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly consumer: PollingConsumer
  readonly installation: Installation
  readonly oldKey: { id: string; value: string }
  /** The key's current record in the journal. */
  load(): Promise<KeyRecord | null>
  /** Keeps the next rotation from starting for this long. */
  holdBack(ms: number): Promise<void>
  /** The value in the env file now. */
  value(): string
  /** Fingerprints of the keys that the gateway accepts now, or would after `enable`. */
  live(): string[]
  close(): Promise<void>
}

/** The management token of every sandbox in these tests. */
export const TOKEN = 'management-token-of-the-sandbox'

export interface StageOptions {
  /** Overrides of the default config. */
  defaults?: object
  notifiers?: Record<string, object>
}

/** `issuer` returns the issuer's config for the gateway's address. */
export async function setStage(
  issuer: (url: string) => object,
  cache: string,
  options: StageOptions = {},
): Promise<Stage> {
  const sandbox = await startSandbox({ managementToken: TOKEN, keys: [{ name: 'first' }] })
  const [first] = sandbox.keys
  if (!first) throw new Error('the sandbox made no key')
  const consumer = await startConsumer(sandbox.url)
  const installation = makeInstallation({
    config: {
      issuers: { gateway: issuer(sandbox.url) },
      consumers: { renderer: consumer.setting },
      ...options,
    },
    value: first.key,
    env: { [TOKEN_NAME]: TOKEN },
    cache,
  })
  await rememberKey(installation, first)
  await consumer.begin(installation.envFile)
  return {
    sandbox,
    consumer,
    installation,
    oldKey: { id: first.id, value: first.key },
    load: () => loadRecord(installation),
    holdBack: (ms) => holdBack(installation, ms),
    value: () => valueIn(readFileSync(installation.envFile, 'utf8')),
    live: () =>
      sandbox
        .listKeys()
        .filter((key) => key.state !== 'revoked')
        .map((key) => key.fingerprint),
    close: async () => {
      await consumer.close()
      await sandbox.close()
      installation.remove()
    },
  }
}

function journalOf(installation: Installation) {
  return openSqliteJournal(join(installation.state, 'journal.sqlite'), machine)
}

async function loadRecord(installation: Installation): Promise<KeyRecord | null> {
  const journal = journalOf(installation)
  try {
    return (await journal.load(KEY)).record
  } finally {
    await journal.close()
  }
}

/** Writes what an earlier rotation would have left in the journal: the current key and its id. */
export async function rememberKey(
  installation: Installation,
  made: { id: string; name: string; key: string; createdAt: number },
): Promise<void> {
  const journal = journalOf(installation)
  const claim = await journal.claim(KEY, { holder: 'test', leaseMs: 1000 })
  if (claim === 'held') throw new Error('the new journal is held')
  const record = newRecord(KEY, 'k7f3')
  record.current = {
    fingerprint: fingerprint(made.key),
    ref: { id: made.id, name: made.name },
    since: made.createdAt,
    sinceFrom: 'rotation',
    adopted: false,
    versions: {},
  }
  await journal.commit(claim, { record, audit: [], release: true })
  await journal.close()
}

/** Keeps the next rotation from starting for this long, as calls of the last one that may still take effect do. */
async function holdBack(installation: Installation, ms: number): Promise<void> {
  const journal = journalOf(installation)
  const claim = await journal.claim(KEY, { holder: 'test', leaseMs: 60_000 })
  if (claim === 'held' || !claim.record) throw new Error('the key is claimed, or new')
  claim.record.quietUntil = Date.now() + ms
  await journal.commit(claim, { record: claim.record, audit: [], release: true })
  await journal.close()
}

/** Lets time pass for a person who was asked for something: moves the dates of the request back. */
export async function ageRequest(installation: Installation, ms: number): Promise<void> {
  const journal = journalOf(installation)
  const claim = await journal.claim(KEY, { holder: 'test', leaseMs: 60_000 })
  if (claim === 'held') throw new Error('the key is claimed')
  const { record } = claim
  const asked = record?.rotation?.operator
  if (!record || !asked) throw new Error('nothing is asked of a person')
  asked.askedAt -= ms
  asked.remindAt -= ms
  asked.deadline -= ms
  await journal.commit(claim, { record, audit: [], release: true })
  await journal.close()
}

/** Claims the key like another process would, and returns a function that releases it. */
export async function claimKey(installation: Installation): Promise<() => Promise<void>> {
  const journal = journalOf(installation)
  const claim = await journal.claim(KEY, { holder: 'another process', leaseMs: 20_000 })
  if (claim === 'held') throw new Error('the key is claimed already')
  return async () => {
    await journal.release(claim)
    await journal.close()
  }
}
