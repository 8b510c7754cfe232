const namePattern =
  /^(?:projects\/(?<project>[a-z0-9:.-]{1,100})(?:\/locations\/(?<location>[a-z0-9-]{1,60}))?\/secrets\/)?(?<id>[A-Za-z0-9_-]{1,255})$/

/** Whether it is a secret's id or its whole resource name. */
export function isSecretName(secret: string): boolean {
  return namePattern.test(secret)
}

/**
 * The resource name of a secret, `projects/<project>[/locations/<location>]/secrets/<id>`; undefined if it is in
 * another location than the store, whose endpoint would not know it.
 */
export function resourceOf(
  secret: string,
  options: { project: string; location?: string | undefined },
): string | undefined {
  const { project, location, id } = namePattern.exec(secret)?.groups ?? {}
  if (project !== undefined && location !== options.location) return undefined
  const place = options.location === undefined ? '' : `/locations/${options.location}`
  return `projects/${project ?? options.project}${place}/secrets/${id}`
}

/** The number at the end of a version's name; names come back with the project's number, so nothing else is compared. */
export function numberOf(versionName: string | null | undefined): number {
  const [, digits] = /\/versions\/(\d{1,15})$/.exec(versionName ?? '') ?? []
  if (digits === undefined) throw new TypeError('the service named a version without a number')
  return Number(digits)
}
