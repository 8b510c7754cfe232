import type { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { type Meaning, readRetryAfter, toMeantError, toStatusError } from '../../shared/http/errors.ts'

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

interface VaultMeaning extends Meaning {
  /** The server is known to have refused it before doing anything. */
  certain?: boolean
}

const standby: VaultMeaning = {
  code: 'unavailable',
  says: 'this node is a standby and does not serve requests',
  nextStep: 'Point the address at the active node or at a load balancer that follows it.',
  certain: true,
}

/** Statuses with a meaning of Vault's own (https://developer.hashicorp.com/vault/api-docs#http-status-codes). */
const byStatus: Readonly<Record<number, VaultMeaning>> = {
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

/** Texts of the server that distinguish what its status does not. */
const byText: readonly { text: string; meaning: VaultMeaning }[] = [
  {
    text: 'check-and-set parameter did not match',
    meaning: {
      code: 'conflict',
      says: 'another write came in between',
      nextStep: 'Read the secret again and check who changed it.',
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
      says: 'the namespace does not exist',
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
  // A mount that is being upgraded from version 1 to 2, here or at the primary, returns a 400.
  {
    text: 'from non-versioned to versioned data',
    meaning: {
      code: 'unavailable',
      says: 'the KV engine is being upgraded to version 2',
      nextStep: 'Try again in a while; an upgrade of a large engine takes minutes.',
      certain: true,
    },
  },
  // A node without an active one to forward to returns a 500.
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

/** With these texts older servers refuse a login, with a status as if they had failed (500). */
const loginTexts = [
  'invalid role',
  'invalid secret',
  'failed to validate',
  'not authorized',
  'unauthorized through CIDR',
  'invalid audience',
  'is invalid',
]

/** Turns a refused request into an error. The server's texts select the wording but are never passed on. */
export function toVaultError(
  answer: HttpAnswer,
  { grant, login }: { grant?: Grant | undefined; login?: LoginAttempt | undefined } = {},
): ProviderError {
  const texts = readTexts(answer)
  const known =
    (login && judgeLogin(answer.status, texts, login)) ?? findMeaning(texts) ?? byStatus[answer.status]
  const about = `${answer.subject.about} returned ${answer.status}`
  if (known !== undefined) {
    const effect = known.certain || !answer.subject.mutates ? 'none' : 'unknown'
    const retryAfterMs = readRetryAfter(answer.headers)
    return toMeantError({ ...answer.subject, about }, known, { effect, retryAfterMs })
  }
  if (answer.status === 403 && grant !== undefined)
    return toMeantError({ ...answer.subject, about }, denyMeaning(grant))
  return toStatusError(answer, answer.subject)
}

function denyMeaning({ capability, path }: Grant): Meaning {
  return {
    code: 'denied',
    says: `the policy lacks "${capability}" on ${path}, or the token is not valid`,
    nextStep: `Give the policy of this token "${capability}" on "${path}"; \`keyrota permissions\` prints it whole.`,
  }
}

function findMeaning(texts: readonly string[]): VaultMeaning | undefined {
  return byText.find(({ text }) => has(texts, text))?.meaning
}

/** Servers do not say which part of a login is wrong; where the text has a meaning of its own, that one counts. */
function judgeLogin(status: number, texts: readonly string[], login: LoginAttempt): VaultMeaning | undefined {
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

/** The `errors` of an answer; empty when it has none or is not JSON, as from a proxy in between. */
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
