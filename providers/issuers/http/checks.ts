/* Checks across fields of the options, so that a config that cannot work fails when it is read. */

import type { z } from 'zod'
import { isSafeUrl } from '../../shared/options/service-url.ts'
import type { AuthOptions, operations, RequestOptions, variables } from './schema.ts'
import { readVariables, TemplateError } from './template.ts'
import { listAuthTemplates, listRequestTemplates, type PlacedTemplate, targetOf } from './templates-of.ts'

type Operations = z.output<z.ZodObject<typeof operations>>

/** The part of the options that the checks read. */
export interface Checked extends Operations {
  base?: string | undefined
  hosts?: string[] | undefined
  vars: z.output<typeof variables>
  auth: { management: AuthOptions; probe?: AuthOptions | undefined }
  lifecycle: 'many' | 'roll'
  oldKeyOnIssue?: unknown
  idempotency?: unknown
  exclusive: boolean
}

type Path = (string | number)[]

interface IssueSink {
  addIssue(issue: { code: 'custom'; path: Path; message: string }): void
}

type Report = (path: Path, message: string) => void

const withKey = ['revoke', 'disable', 'enable'] as const
const withValue = ['probe', 'whoami'] as const
const reserved = ['name', 'mark', 'id', 'vars', 'current', 'expires_at', 'scopes']

/** Reports every problem that involves several fields, each with the path of the field to change. */
export function checkOptions(options: Checked, context: IssueSink): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path, message })
  checkLifecycle(options, report)
  checkParts(options, report)
  for (const name of listOperations(options)) checkRequest(options, name, report)
  for (const use of ['management', 'probe'] as const) {
    const auth = options.auth[use]
    if (auth !== undefined) checkAuth(options, use, auth, report)
  }
  checkVerdicts(options, report)
}

/** Returns the names of the operations that the config describes. */
function listOperations(options: Checked): (keyof Operations)[] {
  const all = ['create', 'list', ...withKey, ...withValue] as const
  return all.filter((name) => options[name] !== undefined)
}

function checkLifecycle(options: Checked, report: Report): void {
  const { lifecycle, idempotency } = options
  if (lifecycle === 'many' && options.revoke === undefined) {
    report(['revoke'], 'expected the request that revokes a key')
  }
  if (lifecycle === 'roll' && options.oldKeyOnIssue === undefined) {
    report(['oldKeyOnIssue'], 'expected lives, dies or { diesAfter: 24h }: what a roll does to the old key')
  }
  if (lifecycle === 'roll' && (idempotency === 'unique-name' || idempotency === 'client-id')) {
    report(
      ['idempotency'],
      'expected none or { header: Name }: a roll creates no key that could be found again',
    )
  }
  if (options.exclusive && idempotency !== 'none') {
    report(['exclusive'], 'expected only with idempotency: none')
  }
  if ((options.disable === undefined) !== (options.enable === undefined)) {
    const missing = options.disable === undefined ? 'disable' : 'enable'
    report([missing], 'expected both disable and enable, or neither: a rollback enables what was disabled')
  }
  const { id, idFrom } = options.create
  if ((id === undefined) === (idFrom === undefined)) {
    report(['create', 'id'], 'expected either id (a JSONPath) or idFrom: list-match')
  }
  const { items, paginate } = options.list
  if (items.includes('?') && (paginate.kind === 'offset' || paginate.kind === 'page')) {
    report(['list', 'items'], 'expected no filter: paging counts the items of a page; use skip instead')
  }
  const { whoami } = options
  if (whoami !== undefined && (whoami.id === undefined) === (whoami.name === undefined)) {
    report(['whoami', 'id'], 'expected either id or name (a JSONPath)')
  }
}

function checkParts(options: Checked, report: Report): void {
  const parts = Object.keys(options.create.parts)
  if (parts.length === 0) report(['create', 'parts'], 'expected at least one part, e.g. { value: $.key }')
  for (const part of parts) {
    if (reserved.includes(part))
      report(['create', 'parts', part], `expected another name: ${part} is reserved`)
  }
  if (options.auth.probe === undefined && parts.join() !== 'value') {
    report(
      ['auth', 'probe'],
      'expected the authentication of a probe, since the key is not a single part named value',
    )
  }
}

/** Returns the variables that one operation may use, and whether each is secret. */
function allowedVariables(
  options: Checked,
  name: keyof Operations | 'management',
): Map<string, 'plain' | 'secret'> {
  const allowed = new Map<string, 'plain' | 'secret'>()
  const parts = Object.keys(options.create.parts)
  for (const [variable, value] of Object.entries(options.vars)) {
    allowed.set(`vars.${variable}`, typeof value === 'object' && value !== null ? 'secret' : 'plain')
  }
  if (name === 'create') {
    for (const plain of ['name', 'mark', 'expires_at', 'scopes', 'current.id']) allowed.set(plain, 'plain')
    for (const part of parts) allowed.set(`current.${part}`, 'secret')
  }
  if (name !== 'create' && name !== 'list' && name !== 'management') {
    for (const part of parts) allowed.set(part, 'secret')
  }
  if ((withKey as readonly string[]).includes(name))
    for (const plain of ['id', 'name']) allowed.set(plain, 'plain')
  return allowed
}

function checkRequest(options: Checked, name: keyof Operations, report: Report): void {
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
  for (const template of listRequestTemplates(operation)) {
    for (const variable of checkTemplate(template, [name, ...template.path], allowed, report))
      used.add(variable)
  }
  checkUse(options, name, used, report)
}

/** A request about one key must identify it; one that creates a key to be found by name must send the name. */
function checkUse(options: Checked, name: keyof Operations, used: Set<string>, report: Report): void {
  const uses = (...variables: string[]) => variables.some((variable) => used.has(variable))
  const isAboutKey = (withKey as readonly string[]).includes(name)
  if (isAboutKey && !uses('id', 'name', ...Object.keys(options.create.parts))) {
    report([name, 'request'], 'expected {{ id }} in this request: it does not identify the key')
  }
  const isFoundByMark =
    options.lifecycle === 'many' &&
    ['unique-name', 'client-id', undefined].includes(options.idempotency as string | undefined)
  if (name === 'create' && isFoundByMark && !uses('name', 'mark')) {
    report([name, 'request'], 'expected {{ name }} in this request: a lost key is found by it')
  }
}

function checkTemplate(
  template: PlacedTemplate,
  path: Path,
  allowed: Map<string, 'plain' | 'secret'>,
  report: Report,
): string[] {
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
    } else if (kind === 'secret' && template.inUrl) {
      report(path, `expected no secret in a URL; ${variable} is secret: send it in a header or the body`)
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

function checkAuth(options: Checked, use: 'management' | 'probe', auth: AuthOptions, report: Report): void {
  const forms = Object.keys(auth).filter((form) => auth[form as keyof AuthOptions] !== undefined)
  if (forms.length !== 1) {
    report(
      ['auth', use],
      'expected exactly one of bearer, scheme, basic, headers, oauth2ClientCredentials, none',
    )
  }
  const allowed = allowedVariables(options, use)
  for (const template of listAuthTemplates(auth)) {
    const variables = checkTemplate(template, ['auth', use, ...template.path], allowed, report)
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

/** A probe that can never accept, or never reject, would block every rotation. */
function checkVerdicts(options: Checked, report: Report): void {
  for (const verdict of ['accepted', 'rejected'] as const) {
    const inRules = options.probe.rules?.some((rule) => rule.verdict === verdict)
    if (options.probe[verdict] === undefined && !inRules) {
      report(['probe', verdict], `expected the statuses of an ${verdict} key, or a rule with this verdict`)
    }
  }
}
