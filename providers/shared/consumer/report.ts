/* Reads the proof that a program prints. */

import type { Readiness } from '../../../src/contracts/consumer.ts'
import { tryExactJson } from '../http/exact-json.ts'
import { readFingerprint, readInstant } from './told.ts'

/**
 * Reads the last non-empty line: a bare fingerprint, `fingerprint=<hex>`, or a JSON object with `fingerprint` and
 * `startedAt`. Anything else proves nothing and is never repeated in a message.
 */
export function readReport(output: string): Pick<Readiness, 'fingerprint' | 'oldestStart'> {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const reported = line.startsWith('{')
    ? parseObject(line)
    : { fingerprint: line.replace(/^fingerprint=/i, '') }
  const fingerprint = readFingerprint(reported.fingerprint)
  const oldestStart = readInstant(reported.startedAt)
  return {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(oldestStart === undefined ? {} : { oldestStart }),
  }
}

/** Text that only looks like JSON is output for people. */
function parseObject(line: string): { fingerprint?: unknown; startedAt?: unknown } {
  const parsed = tryExactJson(line)
  return typeof parsed === 'object' && parsed !== null ? parsed : {}
}
