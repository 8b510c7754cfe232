import type { ErrorCode } from '../../../src/contracts/errors.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { readRetryAfter, toStatusError } from '../../shared/http/errors.ts'

/** What a request needs in the policy, for the error that says it is missing. */
export interface Grant {
  capability: 'read' | 'update'
  path: string
}

/** Who signs in, for the error that says that the login was refused. */
export interface LoginAttempt {
  /** E.g. `the role app at auth/kubernetes`. */
  who: string
  nextStep: string
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

const noMount = 'no handler for route'

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
    text: noMount,
    meaning: {
      code: 'invalid',
      says: 'nothing is mounted there',
      nextStep: 'Correct `mount` in the config; it must be a KV engine of version 2.',
      certain: true,
    },
  },
  // A mount that is being turned from version 1 into 2, here or at the primary, says it with a 400.
  {
    text: 'from non-versioned to versioned data',
    meaning: {
      code: 'unavailable',
      says: 'the KV engine is being upgraded to version 2',
      nextStep: 'Try again in a while; an upgrade of a large engine takes minutes.',
      certain: true,
    },
  },
  // A node without an active one to forward to says it with a 500.
  { text: 'active cluster node not found', meaning: standby },
  { text: 'in standby mode', meaning: standby },
  {
    text: 'locked by an administrator',
    meaning: {
      code: 'unavailable',
      says: 'an administrator locked the namespace',
      nextStep: 'Ask for the namespace to be unlocked, then try again.',
      certain: true,
    },
  },
]

/** What a login is refused with by older servers, as if they had failed themselves (500). */
const loginTexts = [
  'invalid role',
  'invalid secret',
  'failed to validate',
  'not authorized',
  'unauthorized through CIDR',
  'invalid audience',
  'is invalid',
]

/** Turns a refused request into an error. The server's texts choose the words but are never passed on. */
export function toVaultError(
  answer: HttpAnswer,
  { grant, login }: { grant?: Grant | undefined; login?: LoginAttempt | undefined } = {},
): ProviderError {
  const texts = readTexts(answer)
  const known =
    (login && judgeLogin(answer.status, texts, login)) ?? findMeaning(texts) ?? byStatus[answer.status]
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

function findMeaning(texts: readonly string[]): Meaning | undefined {
  return byText.find(({ text }) => has(texts, text))?.meaning
}

/** Which part of a login is wrong, servers do not tell; where its text has a meaning of its own, that holds. */
function judgeLogin(status: number, texts: readonly string[], login: LoginAttempt): Meaning | undefined {
  const known = findMeaning(texts)
  if (known !== undefined && !has(texts, noMount)) return undefined
  const isRefused = [400, 401, 403, 404].includes(status) || loginTexts.some((text) => has(texts, text))
  if (!isRefused) return undefined
  const says = `the login was refused (${login.who})`
  return { code: known?.code ?? 'denied', says, nextStep: login.nextStep, certain: true }
}

function has(texts: readonly string[], text: string): boolean {
  return texts.some((one) => one.includes(text))
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
