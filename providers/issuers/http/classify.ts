/* Interprets responses: refusals and probe verdicts, by the rules of the config. */

import type { ErrorCode } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { readDate, readRetryAfter } from '../../shared/http/errors.ts'
import { tryExactJson } from '../../shared/http/exact-json.ts'
import { passesTest } from '../../shared/http/extract.ts'
import type { BodyTestOptions, ErrorRule, Statuses } from './schema.ts'
import type { ProbeOptions } from './schema-operations.ts'

/** Whether a status is listed, as itself (`404`) or by its class (`4xx`). */
export function includesStatus(statuses: Statuses | undefined, status: number): boolean {
  if (statuses === undefined) return false
  const wanted = Array.isArray(statuses) ? statuses : [statuses]
  return wanted.some((one) => one === status || one === `${Math.floor(status / 100)}xx`)
}

/** The body as JSON, or undefined if it is not JSON; rules about the body then do not match. */
function readBody(answer: HttpAnswer): unknown {
  return tryExactJson(answer.body.expose())
}

/** Whether a response passes a test of its status and body. */
export function passesAnswer(test: BodyTestOptions, answer: HttpAnswer): boolean {
  return matches(test, answer.status, readBody(answer))
}

function matches(test: BodyTestOptions, status: number, body: unknown): boolean {
  return (test.status === undefined || includesStatus(test.status, status)) && passesTest(body, test)
}

/** Returns the error code of the first matching rule. A rule may classify a 200 as a refusal. */
export function findRefusal(
  rules: readonly ErrorRule[] | undefined,
  answer: HttpAnswer,
): ErrorCode | undefined {
  if (rules === undefined) return undefined
  const body = readBody(answer)
  return rules.find((rule) => matches(rule, answer.status, body))?.code
}

/** Judges a probe by the first matching rule, then by the lists of statuses. Anything else is unknown, never rejected. */
export function judgeProbe(
  options: Pick<ProbeOptions, 'rules' | 'accepted' | 'rejected'>,
  answer: HttpAnswer,
): ProbeAnswer {
  const { status } = answer
  const body = readBody(answer)
  const rule = options.rules?.find((one) => matches(one, status, body))
  const verdict = rule?.verdict ?? judgeStatus(options, status)
  const why = `${answer.subject.about} returned ${status}${verdict === 'unknown' ? mediaTypeOf(answer) : ''}`
  const retryAfterMs = verdict === 'unknown' ? readRetryAfter(answer.headers) : undefined
  return {
    verdict,
    status,
    why,
    ...(verdict === 'unknown' ? { expected: describeStatuses(options) } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...readDate(answer.headers),
    ...(rule?.mayHaveBilled ? { mayHaveBilled: true } : {}),
  }
}

/** A page in place of the API shows by its media type. Only a plain one is repeated: the rest is the service's text. */
function mediaTypeOf({ headers }: HttpAnswer): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return /^[a-z]+\/[a-z0-9.+-]{1,40}$/.test(type) ? ` (${type})` : ''
}

/** What would have been a verdict: `422 (accepted) or 401 (rejected)`. */
function describeStatuses({
  accepted,
  rejected,
  rules,
}: Pick<ProbeOptions, 'rules' | 'accepted' | 'rejected'>): string {
  const list = (statuses: Statuses | undefined, verdict: string) =>
    statuses === undefined ? [] : [`${[statuses].flat().join(', ')} (${verdict})`]
  const byRule = rules && rules.length > 0 ? ['a response that one of its rules matches'] : []
  return [...list(accepted, 'accepted'), ...list(rejected, 'rejected'), ...byRule].join(' or ')
}

function judgeStatus(
  options: Pick<ProbeOptions, 'accepted' | 'rejected'>,
  status: number,
): ProbeAnswer['verdict'] {
  if (includesStatus(options.rejected, status)) return 'rejected'
  return includesStatus(options.accepted, status) ? 'accepted' : 'unknown'
}
