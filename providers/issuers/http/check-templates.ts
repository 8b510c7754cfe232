/* Checks of templates: which variables they may use, where a secret may be, and which hosts a request may go to. */

import { isSafeUrl } from '../../shared/options/service-url.ts'
import { type Checked, type OperationName, type Path, type Report, withKey, withValue } from './checked.ts'
import { listAuthTemplates, listRequestTemplates, type PlacedTemplate, targetOf } from './find-templates.ts'
import { partNames } from './parts.ts'
import type { RequestOptions } from './schema.ts'
import type { AuthOptions } from './schema-operations.ts'
import { readVariables, TemplateError } from './template.ts'

/** Returns the variables that one operation may use, and whether each is secret. */
function allowedVariables(
  options: Checked,
  name: OperationName | 'management',
): Map<string, 'plain' | 'secret'> {
  const allowed = new Map<string, 'plain' | 'secret'>()
  const parts = partNames(options)
  const kindOf = (part: string) => (options.publicParts.includes(part) ? 'plain' : 'secret')
  for (const [variable, value] of Object.entries(options.vars)) {
    allowed.set(`vars.${variable}`, typeof value === 'object' && value !== null ? 'secret' : 'plain')
  }
  if (name === 'create') {
    for (const plain of ['name', 'mark', 'expires_at', 'scopes', 'current.id']) allowed.set(plain, 'plain')
    for (const part of parts) allowed.set(`current.${part}`, kindOf(part))
    for (const part of Object.keys(options.create?.generate ?? {})) allowed.set(part, kindOf(part))
    if (options.slots !== undefined) allowed.set('slot', 'plain')
  }
  if (name === 'usage') for (const plain of ['from', 'to']) allowed.set(plain, 'plain')
  if (name === 'management') return allowed
  if (withKey.includes(name) || withValue.includes(name)) {
    for (const part of parts) allowed.set(part, kindOf(part))
  }
  if (withKey.includes(name)) for (const plain of ['id', 'name']) allowed.set(plain, 'plain')
  return allowed
}

export function checkRequest(options: Checked, name: OperationName, report: Report): void {
  const operation = options[name] as RequestOptions
  checkTarget(options, [name, 'request'], targetOf(operation), report)
  const bodies = (['json', 'form', 'multipart'] as const).filter((kind) => operation[kind] !== undefined)
  const second = bodies[1]
  if (second !== undefined) report([name, second], `expected one body; ${bodies[0]} is set already`)
  if (bodies[0] !== undefined && operation.request.startsWith('GET ')) {
    report([name, bodies[0]], 'expected no body with GET')
  }
  const allowed = allowedVariables(options, name)
  const used = new Set<string>()
  const mayShow = operation.secretInUrl === true
  let shows = false
  for (const template of listRequestTemplates(operation)) {
    for (const variable of checkTemplate(template, [name, ...template.path], { allowed, mayShow }, report)) {
      used.add(variable)
      shows ||= template.inUrl && allowed.get(variable) === 'secret'
    }
  }
  if (mayShow && !shows)
    report([name, 'secretInUrl'], 'expected a secret in the URL of this request; without one, leave it out')
  checkUse(options, name, used, report)
}

/** A request about one key must identify it. */
function checkUse(options: Checked, name: OperationName, used: ReadonlySet<string>, report: Report): void {
  if (!withKey.includes(name)) return
  const identifying = ['id', 'name', ...partNames(options)]
  if (!identifying.some((variable) => used.has(variable)))
    report([name, 'request'], 'expected {{ id }} in this request: it does not identify the key')
  // Nobody knows the id or name of a key that a person made: its value is all there is.
  if (options.lifecycle === 'operator' && !partNames(options).some((part) => used.has(part)))
    report(
      [name, 'request'],
      'expected the value in this request: of a key that a person made nothing else is known',
    )
}

export function checkTemplate(
  template: PlacedTemplate,
  path: Path,
  rules: { allowed: ReadonlyMap<string, 'plain' | 'secret'>; mayShow: boolean },
  report: Report,
): string[] {
  const { allowed, mayShow } = rules
  let variables: string[]
  try {
    variables = readVariables(template.text)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    report(path, `expected a template such as {{ name }}: ${error.message}`)
    return []
  }
  for (const variable of variables) {
    const kind = allowed.get(variable)
    if (kind === undefined) {
      report(
        path,
        `expected one of ${[...allowed.keys()].join(', ') || 'no variable'}; ${variable} is not available here`,
      )
    } else if (kind === 'secret' && template.inUrl && !mayShow) {
      report(
        path,
        `expected no secret in a URL; ${variable} is secret: send it in a header or the body. ` +
          'Only if the service has no other way, say secretInUrl: true beside the request',
      )
    }
  }
  return variables
}

/** The host must be known before any template is filled, allowed, and reached over a safe connection. */
function checkTarget(options: Checked, path: Path, target: string, report: Report): void {
  if (target.startsWith('/') && !target.startsWith('//')) {
    if (options.base === undefined) report(path, 'expected a full URL, or base in addition to this path')
    else checkHost(options, ['base'], options.base, report)
    return
  }
  const origin = /^https?:\/\/[^/?#{}]+(?=[/?#]|$)/.exec(target)?.[0]
  if (origin === undefined)
    report(path, 'expected a path that starts with /, or a URL without a template in its host')
  else checkHost(options, path, origin, report)
}

function checkHost(options: Checked, path: Path, text: string, report: Report): void {
  const url = URL.parse(text)
  if (url === null || !isSafeUrl(url)) {
    report(path, 'expected an https URL without user information (http only to this machine)')
  } else if (options.hosts !== undefined && !options.hosts.includes(url.host)) {
    report(path, `expected one of the hosts ${options.hosts.join(', ')}`)
  }
}

export function checkAuth(
  options: Checked,
  use: 'management' | 'probe',
  auth: AuthOptions,
  report: Report,
): void {
  const forms = Object.keys(auth).filter((form) => auth[form as keyof AuthOptions] !== undefined)
  if (forms.length !== 1) {
    report(
      ['auth', use],
      'expected exactly one of bearer, scheme, basic, headers, oauth2ClientCredentials, none',
    )
  }
  const allowed = allowedVariables(options, use)
  for (const template of listAuthTemplates(auth)) {
    const variables = checkTemplate(
      template,
      ['auth', use, ...template.path],
      { allowed, mayShow: false },
      report,
    )
    if (template.mustHide && variables.length === 0) {
      report(
        ['auth', use, ...template.path],
        'expected { env: NAME } or { file: path }: never write a secret into the config',
      )
    }
  }
  const tokenUrl = auth.oauth2ClientCredentials?.tokenUrl
  if (tokenUrl !== undefined) {
    checkHost(options, ['auth', use, 'oauth2ClientCredentials', 'tokenUrl'], tokenUrl, report)
  }
}
