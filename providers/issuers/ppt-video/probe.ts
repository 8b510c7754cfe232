/* The probe: one request per model path that the gateway refuses after it has checked the key. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpSettings, sendRequest } from '../../shared/http/client.ts'
import { readDate, readRetryAfter } from '../../shared/http/errors.ts'

/**
 * A body that fails validation: a prompt must be text, not a list. Every other field is missing too, so a model without
 * a prompt also refuses it, and no video is ever generated.
 */
const refusedBody = JSON.stringify({ prompt: [] })

/** A gateway that takes longer to return 401 or 422 is unhealthy, which says nothing about the key. */
const probeLimitMs = 15_000

/** What would have been a verdict. */
const EXPECTED = '422 (accepted) or 401 (rejected)'

/** Probes every path with the key, one after another, and combines the results into one verdict. */
export async function probePaths(
  urls: ReadonlyMap<string, string>,
  settings: HttpSettings,
  key: SecretValue,
  call: Call,
): Promise<ProbeAnswer> {
  const answers: ProbeAnswer[] = []
  for (const [path, url] of urls) {
    const answer = await probePath(path, url, settings, key, call)
    answers.push(answer)
    if (answer.verdict === 'rejected' || call.signal.aborted) break
  }
  return combineAnswers(answers, urls.size)
}

async function probePath(
  path: string,
  url: string,
  settings: HttpSettings,
  key: SecretValue,
  call: Call,
): Promise<ProbeAnswer> {
  const request = {
    method: 'POST',
    url,
    headers: {
      authorization: new SecretValue(`Bearer ${key.expose()}`),
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: refusedBody,
    mutates: false,
  }
  try {
    const answer = await sendRequest({ limitMs: probeLimitMs, ...settings }, request, call)
    return {
      ...judgeStatus(path, answer.status, readRetryAfter(answer.headers)),
      ...readDate(answer.headers),
    }
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'unavailable') throw error
    return { verdict: 'unknown', why: `path ${path}: no response (${error.message})` }
  }
}

/**
 * 401: the key is invalid. 422: the key is valid and the body was refused. 2xx: the body was accepted and may be billed.
 * Any other status proves nothing.
 */
function judgeStatus(path: string, status: number, retryAfterMs: number | undefined): ProbeAnswer {
  const why = `path ${path} returned ${status}`
  if (status === 401) return { verdict: 'rejected', status, why }
  if (status === 422) return { verdict: 'accepted', status, why }
  if (status >= 200 && status < 300) return { verdict: 'accepted', status, why, mayHaveBilled: true }
  return {
    verdict: 'unknown',
    status,
    why,
    expected: EXPECTED,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** Rejected if any path rejects, accepted only if all accept. A probe that may have billed is reported with any verdict. */
function combineAnswers(answers: readonly ProbeAnswer[], probed: number): ProbeAnswer {
  const accepted = answers.filter((answer) => answer.verdict === 'accepted')
  const decisive =
    answers.find((answer) => answer.verdict === 'rejected') ??
    answers.find((answer) => answer.verdict === 'unknown') ??
    accepted.find((answer) => answer.mayHaveBilled) ??
    accepted[0]
  if (decisive === undefined || (decisive.verdict === 'accepted' && accepted.length < probed)) {
    return { verdict: 'unknown', why: 'not every path was probed' }
  }
  const joined: ProbeAnswer = { ...decisive }
  if (answers.some((answer) => answer.mayHaveBilled)) joined.mayHaveBilled = true
  const pauses = answers.flatMap((answer) => answer.retryAfterMs ?? [])
  if (joined.verdict === 'unknown' && pauses.length > 0) joined.retryAfterMs = Math.max(...pauses)
  return joined
}
