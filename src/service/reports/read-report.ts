/** Which known values a report names: by fingerprints, by the sender's hash, or by what the sender holds at a place. */
import { ProviderError } from '../../contracts/errors.ts'
import type { LeakReceiver } from '../../contracts/receiver.ts'
import { limitCall } from '../../engine/limit-call.ts'
import type { Context } from '../context.ts'
import type { KnownValues } from '../leaks/known-values.ts'
import { dropKnown } from './clean-words.ts'
import type { ReportDocument, ReportedLeak, Words } from './documents.ts'
import { findByHash } from './foreign-hashes.ts'
import { TextHasher } from './hash-texts.ts'

const FETCH_LIMIT_MS = 20_000

export interface ReadReport {
  /** Fingerprint of a known value → how it came in, and what was said beside it. */
  found: Map<string, { forms: Set<string>; words: Words }>
  /** Leaks that could not be read, for another try; why, for people. */
  left: ReportedLeak[]
  why: string[]
}

export async function readReport(
  context: Context,
  report: ReportDocument,
  known: KnownValues,
): Promise<ReadReport> {
  const read: ReadReport = { found: new Map(), left: [], why: [] }
  const hasher = new TextHasher()
  const isKnown = (fingerprint: string) => known.byFingerprint.has(fingerprint)
  const note = (leak: ReportedLeak, fingerprint: string, form: string) => {
    if (!isKnown(fingerprint)) return
    const { forms: _forms, hash: _hash, place: _place, ...plain } = leak
    const words = dropKnown(plain, hasher, isKnown)
    const found = read.found.get(fingerprint) ?? { forms: new Set(), words }
    read.found.set(fingerprint, { ...found, forms: found.forms.add(form) })
  }
  for (const leak of report.leaks)
    for (const [fingerprint, form] of Object.entries(leak.forms)) note(leak, fingerprint, form)
  const others = report.leaks.filter(({ hash, place }) => hash !== undefined || place !== undefined)
  if (others.length === 0) return read
  const provider = await providerOf(context, report.receiver)
  if (!provider) return { ...read, why: [`the config no longer has the receiver ${report.receiver}`] }
  for (const leak of others) await fetchLeak({ context, report, provider, leak, read, note })
  await compareHashes({ context, report, provider, known, others, read, note })
  return read
}

async function providerOf({ receivers }: Context, name: string): Promise<LeakReceiver | null> {
  return receivers?.names.includes(name) ? await receivers.get(name) : null
}

interface Reading {
  context: Context
  report: ReportDocument
  provider: LeakReceiver
  read: ReadReport
  note(leak: ReportedLeak, fingerprint: string, form: string): void
}

async function fetchLeak({ context, report, provider, leak, read, note }: Reading & { leak: ReportedLeak }) {
  const { place } = leak
  if (place === undefined || !provider.fetchTexts) return
  const fetch = provider.fetchTexts.bind(provider)
  const about = { provider: report.receiver, verb: 'fetchTexts', limitMs: FETCH_LIMIT_MS }
  try {
    const texts = await limitCall({ ...context, beforeSend: () => {} }, about, (call) => fetch(place, call))
    for (const [fingerprint, form] of new TextHasher().hash(texts).forms) note(leak, fingerprint, form)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    // What is gone at the sender can never be read.
    if (error.code !== 'not_found') read.left.push(leak)
    read.why.push(error.message)
  }
}

async function compareHashes(
  about: Reading & { known: KnownValues; others: readonly ReportedLeak[] },
): Promise<void> {
  const { context, report, provider, known, others, read, note } = about
  const hashed = others.filter(({ hash }) => hash !== undefined)
  if (hashed.length === 0) return
  const hashes = hashed.map(({ hash = '' }) => hash)
  const { found, unread } = await findByHash(context, { receiver: report.receiver, provider, known, hashes })
  for (const leak of hashed) {
    const fingerprints = found.get(leak.hash ?? '') ?? []
    for (const fingerprint of fingerprints) note(leak, fingerprint, 'raw')
    if (fingerprints.length > 0 || unread.length === 0) continue
    read.left.push(leak)
    read.why.push(
      `targets could not be read of ${unread.slice(0, 5).join(', ')}${unread.length > 5 ? ` and ${unread.length - 5} more` : ''}`,
    )
  }
}
