import type { ErrorCode } from '../../../src/contracts/errors.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http-client.ts'
import { readRetryAfter, toStatusError } from '../../shared/http-errors.ts'

/** What a request needs in the policy, for the error that says it is missing. */
export interface Grant {
  capability: 'read' | 'update'
  path: string
}

interface Meaning {
  code: ErrorCode
  says: string
  nextStep: string
  /** The server is known to have refused it before doing anything. */
  certain?: boolean
}

const standby: Meaning = {
  code: 'unavailable',
  says: 'this node is a standby and does not answer itself',
  nextStep: 'Point the address at the active node or at a load balancer that follows it.',
  certain: true,
}

/** Statuses with a meaning of Vault's own (https://developer.hashicorp.com/vault/api-docs#http-status-codes). */
const byStatus: Readonly<Record<number, Meaning>> = {
  307: standby,
  412: {
    code: 'unavailable',
    says: 'this node has not caught up yet',
    nextStep: 'Try again; replication lags behind.',
    certain: true,
  },
  413: {
    code: 'invalid',
    says: 'the secret is too large for the server',
    nextStep: 'Keep fewer or shorter fields in this secret.',
    certain: true,
  },
  472: standby,
  473: standby,
}

/** Texts of the server that tell apart what its status does not. */
const byText: readonly { text: string; meaning: Meaning }[] = [
  {
    text: 'check-and-set parameter did not match',
    meaning: {
      code: 'conflict',
      says: 'somebody else wrote in between',
      nextStep: 'Read the secret again and look at what changed.',
      certain: true,
    },
  },
  {
    text: 'is sealed',
    meaning: {
      code: 'unavailable',
      says: 'the server is sealed',
      nextStep: 'Unseal the server, then try again.',
    },
  },
  {
    text: 'too large',
    meaning: {
      code: 'invalid',
      says: 'the secret is too large for the server',
      nextStep: 'Keep fewer or shorter fields in this secret.',
      certain: true,
    },
  },
  {
    text: 'namespace not found',
    meaning: {
      code: 'invalid',
      says: 'there is no such namespace',
      nextStep: 'Correct `namespace` in the config.',
      certain: true,
    },
  },
  {
    text: 'no handler for route',
    meaning: {
      code: 'invalid',
      says: 'nothing is mounted there',
      nextStep: 'Correct `mount` in the config; it must be a KV engine of version 2.',
      certain: true,
    },
  },
  {
    text: 'invalid role or secret ID',
    meaning: {
      code: 'denied',
      says: 'the login was refused',
      nextStep: 'Check the role id and the secret id; a secret id may have expired.',
      certain: true,
    },
  },
]

/** Turns a refused request into an error. The server's texts choose the words but are never passed on. */
export function toVaultError(answer: HttpAnswer, grant?: Grant): ProviderError {
  const texts = readTexts(answer)
  const known =
    byText.find(({ text }) => texts.some((one) => one.includes(text)))?.meaning ?? byStatus[answer.status]
  const { provider, about, mutates } = answer.subject
  if (known !== undefined) {
    return new ProviderError({
      code: known.code,
      provider,
      message: `${about} answered ${answer.status}: ${known.says}`,
      effect: known.certain || !mutates ? 'none' : 'unknown',
      nextStep: known.nextStep,
      retryAfterMs: readRetryAfter(answer.headers),
    })
  }
  if (answer.status === 403 && grant !== undefined) {
    return new ProviderError({
      code: 'denied',
      provider,
      message: `${about} answered 403: the policy lacks "${grant.capability}" on ${grant.path}, or the token is not valid`,
      effect: 'none',
      nextStep: `Give the policy of this token "${grant.capability}" on "${grant.path}"; \`keyrota permissions\` prints it whole.`,
    })
  }
  return toStatusError(answer, answer.subject)
}

/** The `errors` of an answer; empty when it has none or is no JSON, as from a proxy in between. */
function readTexts(answer: HttpAnswer): string[] {
  let body: unknown
  try {
    body = JSON.parse(answer.body.expose())
  } catch {
    return []
  }
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined
  return Array.isArray(errors) ? errors.filter((text) => typeof text === 'string') : []
}
