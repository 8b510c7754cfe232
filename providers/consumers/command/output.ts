import type { Readiness } from '../../../src/contracts/consumer.ts'
import { readFingerprint, readInstant } from '../../shared/consumer/told.ts'

/**
 * What the last line that is not empty tells: a bare fingerprint, `fingerprint=<it>`, or a JSON object with
 * `fingerprint` and `startedAt`. Anything else tells nothing and is repeated nowhere.
 */
export function readTold(output: string): Pick<Readiness, 'fingerprint' | 'oldestStart'> {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const told = line.startsWith('{') ? parseObject(line) : { fingerprint: line.replace(/^fingerprint=/i, '') }
  const fingerprint = readFingerprint(told.fingerprint)
  const oldestStart = readInstant(told.startedAt)
  return {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(oldestStart === undefined ? {} : { oldestStart }),
  }
}

function parseObject(line: string): { fingerprint?: unknown; startedAt?: unknown } {
  try {
    return JSON.parse(line)
  } catch {
    // Text that only looks like JSON is a message for people.
    return {}
  }
}
