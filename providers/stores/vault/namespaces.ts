/** Where the mount lives and where the token comes from; undefined: the root namespace, which is sent no header. */
export interface Namespaces {
  mount: string | undefined
  auth: string | undefined
  /**
   * What a policy of the token's namespace puts before a path of the mount's; undefined when the mount's namespace is
   * not below it, so that only a policy of the mount's own namespace can name the mount.
   */
  policyPrefix: string | undefined
}

interface Given {
  namespace?: string | undefined
  auth: { namespace?: string | undefined }
}

/** Servers keep the name `root` for the root namespace; no other may be called so. */
const rootName = 'root'

export function findNamespaces(options: Given): Namespaces {
  const mount = options.namespace === rootName ? undefined : options.namespace
  const signsInAt = options.auth.namespace ?? options.namespace
  const auth = signsInAt === rootName ? undefined : signsInAt
  return { mount, auth, policyPrefix: findPrefix(mount, auth) }
}

function findPrefix(mount: string | undefined, auth: string | undefined): string | undefined {
  if (mount === auth) return ''
  if (auth === undefined) return `${mount}/`
  return mount?.startsWith(`${auth}/`) ? `${mount.slice(auth.length + 1)}/` : undefined
}
