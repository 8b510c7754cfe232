import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { type HttpSettings, sendRequest } from '../../shared/http/client.ts'
import { readRetryAfter } from '../../shared/http/errors.ts'

/**
 * A body that validation refuses: a prompt is text, and a list is none. It lacks every other field too, so a model
 * that knows no prompt refuses it as well, and no video is ever made.
 */
const refusedBody = JSON.stringify({ prompt: [] })

/** A gateway that needs longer to say 401 or 422 is not well, which is no verdict about the key. */
const probeLimitMs = 15_000

/** Asks every path with the key, one after another, and joins the answers to one verdict. */
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
  return joinAnswers(answers, urls.size)
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
    return judgeStatus(path, answer.status, readRetryAfter(answer.headers))
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'unavailable') throw error
    return { verdict: 'unknown', why: `path ${path}: no answer (${error.message})` }
  }
}

/**
 * 401 is a bad key, 422 a good one whose body was refused; after a 2xx the body was taken and may be billed.
 * Nothing else is a verdict.
 */
function judgeStatus(path: string, status: number, retryAfterMs: number | undefined): ProbeAnswer {
  const why = `path ${path} answered ${status}`
  if (status === 401) return { verdict: 'rejected', status, why }
  if (status === 422) return { verdict: 'accepted', status, why }
  if (status >= 200 && status < 300) return { verdict: 'accepted', status, why, mayHaveBilled: true }
  return { verdict: 'unknown', status, why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** Rejected when one path rejects, accepted only when all accept; a billed probe is told whatever the verdict is. */
function joinAnswers(answers: readonly ProbeAnswer[], asked: number): ProbeAnswer {
  const accepted = answers.filter((answer) => answer.verdict === 'accepted')
  const decisive =
    answers.find((answer) => answer.verdict === 'rejected') ??
    answers.find((answer) => answer.verdict === 'unknown') ??
    accepted.find((answer) => answer.mayHaveBilled) ??
    accepted[0]
  if (decisive === undefined || (decisive.verdict === 'accepted' && accepted.length < asked)) {
    return { verdict: 'unknown', why: 'not every path was asked' }
  }
  const joined: ProbeAnswer = { ...decisive }
  if (answers.some((answer) => answer.mayHaveBilled)) joined.mayHaveBilled = true
  const pauses = answers.flatMap((answer) => answer.retryAfterMs ?? [])
  if (joined.verdict === 'unknown' && pauses.length > 0) joined.retryAfterMs = Math.max(...pauses)
  return joined
}
