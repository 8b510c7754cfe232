/** The verb `scan`: where known values lie about in files, archives, histories or a stream. */
import { fingerprintPart } from '../../contracts/fingerprint.ts'
import { SecretValue } from '../../contracts/secret-value.ts'
import { scanContent } from '../../scan/content.ts'
import { type FoundFile, findFiles } from '../../scan/files.ts'
import { dateFindings, GitError, type History, scanHistory } from '../../scan/git.ts'
import {
  addPart,
  type Counts,
  type Finding,
  newPart,
  type Part,
  type Skipped,
  Tally,
} from '../../scan/tally.ts'
import { scanFiles } from '../../scan/threads.ts'
import { type Chunks, newBudget } from '../../scan/unpacking.ts'
import { type Context, ServiceError } from '../context.ts'
import { type KnownValue, readKnownValues } from './known-values.ts'

export interface ScanRequest {
  paths: readonly string[]
  histories: readonly History[]
  stream?: Chunks | undefined
  /** Threads for files; absent: one for each core, at most eight. */
  threads?: number | undefined
  /** Called as the scan goes on. */
  progress?: (counts: Counts) => void
}

export interface Place extends Finding {
  /** Of each key that has or had this value. */
  values: readonly KnownValue[]
}

export interface ScanReport {
  compared: { keys: number; fingerprints: number }
  /** The encodings in which a made-up value was planted and found, before anything was searched. */
  control: readonly string[]
  counts: Counts
  findings: Place[]
  /** What was not looked at. */
  skipped: readonly Skipped[]
  /** It was stopped before its end. */
  isStopped: boolean
}

/**
 * Searches for every value that the journal knows. Nothing of a value is kept or shown.
 * @throws ServiceError `refused` when there is nothing to compare with, or no such repository or range.
 */
export async function scan(context: Context, request: ScanRequest): Promise<ScanReport> {
  const known = await readKnownValues(context)
  if (known.byFingerprint.size === 0)
    throw new ServiceError(
      'refused',
      'the journal knows no key yet, so there is nothing to look for',
      'Run: keyrota run, which adopts the keys of the config',
    )
  const fingerprints = new Set(known.byFingerprint.keys())
  const control = await plantControl(context, fingerprints)
  const sum = await searchAll(context, fingerprints, request)
  const findings = sum.findings.map((finding) => ({
    ...finding,
    values: known.byFingerprint.get(finding.fingerprint) ?? [],
  }))
  return {
    compared: { keys: known.keys, fingerprints: fingerprints.size },
    control,
    counts: sum.counts,
    findings,
    skipped: sum.skipped,
    isStopped: context.stop.aborted,
  }
}

async function searchAll(
  { stop: signal }: Context,
  known: ReadonlySet<string>,
  { paths, histories, stream, threads, progress }: ScanRequest,
): Promise<Part> {
  const sum = newPart()
  const tally = new Tally(known)
  const took = (part: Part) => {
    addPart(sum, part)
    progress?.(sum.counts)
  }
  if (stream) await scanContent(tally, '-', stream, newBudget())
  took(tally.take())
  for (const history of histories) {
    if (signal.aborted) break
    const part = await searchHistory(tally, history, signal)
    took(part)
  }
  await scanFiles(findAll(paths, tally), { known, tally, signal, took, threads })
  took(tally.take())
  return sum
}

function* findAll(paths: readonly string[], tally: Tally): Generator<FoundFile> {
  for (const path of paths) yield* findFiles(path, (name, why, detail) => tally.leaveOut(name, why, detail))
}

async function searchHistory(tally: Tally, history: History, signal: AbortSignal): Promise<Part> {
  try {
    await scanHistory(tally, history, signal)
    const part = tally.take()
    await dateFindings(part.findings, history, signal)
    return part
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    if (signal.aborted) return tally.take()
    throw new ServiceError(
      'refused',
      `${history.folder}: ${error.message}`,
      'Name a repository and a range of it: keyrota scan --git HEAD~50.. <folder>; or --git all',
    )
  }
}

/**
 * Plants a made-up value in each encoding and expects to find it: that nothing was found means something only if what
 * is there is found.
 */
async function plantControl({ random }: Context, known: ReadonlySet<string>): Promise<readonly string[]> {
  const value = `${random(16)}/${random(16)}+${random(8)}`
  const planted: Readonly<Record<string, string>> = {
    raw: `KEY=${value}`,
    json: JSON.stringify({ key: value }).replaceAll('/', '\\/'),
    url: `?key=${encodeURIComponent(value)}&more`,
    base64: Buffer.from(value).toString('base64'),
  }
  const tally = new Tally(new Set([...known, fingerprintPart(new SecretValue(value))]))
  for (const [form, text] of Object.entries(planted)) {
    const stream = tally.begin(form)
    stream.write(Buffer.from(text))
    stream.end()
  }
  const found = tally.take().findings.map(({ form }) => form)
  const missed = Object.keys(planted).filter((form) => !found.includes(form))
  if (missed.length > 0) throw new Error(`the scan does not find what is planted: ${missed.join(', ')}`)
  return found
}
