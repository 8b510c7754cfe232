import type { ErrorCode } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { readRetryAfter } from '../../shared/http/errors.ts'
import { passesTest } from './extract.ts'
import type { AnswerTest, ErrorRule, ProbeOptions, Statuses } from './schema.ts'

/** Whether a status is among those listed: `404`, or a whole class as `4xx`. */
export function includesStatus(statuses: Statuses | undefined, status: number): boolean {
  if (statuses === undefined) return false
  const wanted = Array.isArray(statuses) ? statuses : [statuses]
  return wanted.some((one) => one === status || one === `${Math.floor(status / 100)}xx`)
}

/** The JSON of an answer, or undefined when it is none: a rule about the body then does not match. */
function readBody(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body.expose())
  } catch {
    return undefined
  }
}

function matches(test: AnswerTest, status: number, body: unknown): boolean {
  return (test.status === undefined || includesStatus(test.status, status)) && passesTest(body, test)
}

/** The code of the first rule that the answer matches; rules may call a 200 a refusal. */
export function findRefusal(
  rules: readonly ErrorRule[] | undefined,
  answer: HttpAnswer,
): ErrorCode | undefined {
  if (rules === undefined) return undefined
  const body = readBody(answer)
  return rules.find((rule) => matches(rule, answer.status, body))?.code
}

/** The first matching rule decides, then the lists of statuses; what nothing names is unknown, never rejected. */
export function judgeProbe(
  options: Pick<ProbeOptions, 'rules' | 'accepted' | 'rejected'>,
  answer: HttpAnswer,
): ProbeAnswer {
  const { status } = answer
  const body = readBody(answer)
  const why = `${answer.subject.about} answered ${status}`
  const rule = options.rules?.find((one) => matches(one, status, body))
  const verdict = rule?.verdict ?? judgeStatus(options, status)
  const retryAfterMs = verdict === 'unknown' ? readRetryAfter(answer.headers) : undefined
  return {
    verdict,
    status,
    why,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(rule?.mayHaveBilled ? { mayHaveBilled: true } : {}),
  }
}

function judgeStatus(
  options: Pick<ProbeOptions, 'accepted' | 'rejected'>,
  status: number,
): ProbeAnswer['verdict'] {
  if (includesStatus(options.rejected, status)) return 'rejected'
  return includesStatus(options.accepted, status) ? 'accepted' : 'unknown'
}
