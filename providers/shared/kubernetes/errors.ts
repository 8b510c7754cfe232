import { type Missing, ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../http/client.ts'
import { type Meaning, toMeantError, toStatusError } from '../http/errors.ts'

/** What is asked of the API server, in the words of RBAC; an error repeats nothing else. */
export interface Subject {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  /** Empty for the core group. */
  readonly group: string
  /** In plural, with its subresource: `deployments`, `managedkeys/status`. */
  readonly resource: string
  /** The kind of one such object, as people call it. */
  readonly kind: string
  /** Absent for a resource of the cluster, or for a list of all namespaces. */
  readonly namespace?: string | undefined
  /** Absent for a list. */
  readonly name?: string | undefined
}

/** What a refusal means for one kind of object; absent for the meaning that every object has. */
export type Explain = (status: number, subject: Subject) => (Meaning & { missing?: Missing }) | undefined

/**
 * Turns a refused request into an error. Of the server's own Status object only constants are read, since its message
 * quotes values.
 */
export function toApiError(answer: HttpAnswer, subject: Subject, explain: Explain): ProviderError {
  const special = explain(answer.status, subject)
  const meaning = special ?? interpretStatus(answer.status, subject, answer.body.expose())
  if (meaning === undefined) return toStatusError(answer, answer.subject)
  return toMeantError({ ...answer.subject, about: describe(subject) }, meaning, { missing: special?.missing })
}

/** `patch of Deployment shop/web`, `list of pods in shop`. */
export function describe({ verb, resource, kind, namespace, name }: Subject): string {
  if (name === undefined) return `${verb} of ${resource} in ${namespace ?? 'all namespaces'}`
  const [, subresource] = resource.split('/')
  const what = subresource === undefined ? kind : `${subresource} of ${kind}`
  return `${verb} of ${what} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

const unauthorized = 'the API server refused the credentials (401)'

/** Whether the server knows nobody by these credentials, so that others have to be got. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ProviderError && error.message.includes(unauthorized)
}

const expired = 'the place to go on from is too old (410)'

/** The end of a watch whose place the server no longer knows. */
export function toExpiredError(provider: string, subject: Subject): ProviderError {
  return new ProviderError({
    code: 'conflict',
    provider,
    message: `${describe(subject)}: ${expired}`,
    effect: 'none',
    nextStep: 'Read the list again from its beginning.',
  })
}

/** Whether a list or a watch has to begin anew. */
export function isExpired(error: unknown): boolean {
  return error instanceof ProviderError && error.message.includes(expired)
}

const absent = 'does not exist'

/** Whether there is no such object; not: the cluster does not know such objects. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'not_found' && error.message.endsWith(absent)
}

function interpretStatus(status: number, subject: Subject, body: string): Meaning | undefined {
  switch (status) {
    case 401:
      return {
        code: 'denied',
        says: unauthorized,
        nextStep:
          'Check that the token or the certificate of the kubeconfig or of the pod is current and of this cluster.',
      }
    case 403:
      return interpretForbidden(subject, body)
    case 404:
      return interpretNotFound(subject, body)
    case 409:
      return {
        code: 'conflict',
        says:
          subject.verb === 'create' ? 'there is one of this name already' : 'it was changed at the same time',
        nextStep: 'Read it again and check who changed it.',
      }
    case 410:
      return { code: 'conflict', says: expired, nextStep: 'Read the list again from its beginning.' }
    case 413:
    case 422:
      return {
        code: 'invalid',
        says: `the API server refused it (${status}): the ${subject.kind} would not be valid`,
        nextStep: `Run \`kubectl describe\` on it, and compare it with \`kubectl explain\`.`,
      }
    default:
      return undefined
  }
}

/** RBAC's own sentence is fixed up to the names in it; anything else that forbids is an admission policy. */
function interpretForbidden(subject: Subject, body: string): Meaning {
  if (body.includes('is forbidden: User ') || subject.resource === 'secrets')
    return {
      code: 'denied',
      says: `the account lacks the verb "${subject.verb}"`,
      nextStep: `Give it this rule, as \`keyrota permissions${subject.namespace === undefined ? '' : ` --namespace ${subject.namespace}`}\` prints it: ${describeRule(subject)}; if it has it, an admission policy refuses.`,
    }
  return {
    code: 'denied',
    says: 'an admission policy of the cluster forbids it',
    nextStep: `Try it by hand with \`kubectl ${subject.verb} --dry-run=server\` to see which policy it is.`,
  }
}

/** The missing rule in YAML on one line, and where it belongs. */
function describeRule({ verb, group, resource, namespace, name }: Subject): string {
  // A list or a creation cannot be limited to a name.
  const names = name === undefined || verb === 'create' ? '' : `, resourceNames: ["${name}"]`
  const place = namespace === undefined ? 'a ClusterRole' : `a Role in the namespace ${namespace}`
  return `\`{ apiGroups: ["${group}"], resources: ["${resource}"]${names}, verbs: ["${verb}"] }\` in ${place}`
}

/** A resource that the server does not know is answered in plain text, and an object in a Status. */
function interpretNotFound({ kind, resource, group, name }: Subject, body: string): Meaning {
  if (name === undefined || !body.trimStart().startsWith('{'))
    return {
      code: 'not_found',
      says: `the cluster does not know ${resource}${group === '' ? '' : `.${group}`}`,
      nextStep: `Install the CustomResourceDefinition of ${kind}, or correct the config.`,
    }
  return {
    code: 'not_found',
    says: `the ${kind} ${absent}`,
    nextStep: `Create the ${kind}, or correct its name or namespace in the config.`,
  }
}
