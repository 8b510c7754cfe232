/*
 * Templates: Liquid outputs only, `{{ variable | filter }}`. No tags, so no loops, assignments or files, and a short list
 * of filters. A template reaches nothing but its scope.
 */

import { Liquid } from 'liquidjs'
import { SecretValue } from '../../../src/contracts/secret-value.ts'

/** The variables of a template: plain values, secrets, or one nested level of them. `undefined` means absent. */
export type Scope = Readonly<Record<string, unknown>>

/** Thrown if a template cannot be parsed or filled. The message names variables, never their values. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

const builtinFilters = ['append', 'base64_encode', 'default', 'downcase', 'join', 'json', 'prepend', 'upcase']

const timeFilters: Readonly<Record<string, (atMs: number) => string | number>> = {
  iso: (atMs) => new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  day: (atMs) => new Date(atMs).toISOString().slice(0, 10),
  unix: (atMs) => Math.floor(atMs / 1000),
  unix_ms: (atMs) => atMs,
  seconds_left: (atMs) => Math.max(0, Math.floor((atMs - Date.now()) / 1000)),
  hours_left: (atMs) => Math.max(0, Math.floor((atMs - Date.now()) / 3_600_000)),
}

const valueEngine = makeEngine()
const urlEngine = makeEngine(encodeForUrl)

function makeEngine(outputEscape?: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    keepOutputType: true,
    parseLimit: 10_000,
    renderLimit: 1000,
    memoryLimit: 1_000_000,
    templates: {},
    ...(outputEscape === undefined ? {} : { outputEscape }),
  })
  for (const tag of Object.keys(engine.tags)) delete engine.tags[tag]
  for (const filter of Object.keys(engine.filters)) {
    if (!builtinFilters.includes(filter)) delete engine.filters[filter]
  }
  for (const [filter, convert] of Object.entries(timeFilters)) {
    engine.registerFilter(filter, (value: unknown) => (typeof value === 'number' ? convert(value) : value))
  }
  return engine
}

/** Encodes one output in a URL: percent-encoded, and never empty or a dot segment, which would change the path. */
function encodeForUrl(value: unknown): string {
  const text = String(value)
  if (text === HIDDEN) return text
  if (text === '' || text === '.' || text === '..')
    throw new TemplateError('an output in the URL is empty or a dot segment')
  return encodeURIComponent(text)
}

/**
 * Parses a template and returns the variables it uses, e.g. `['name', 'vars.workspace']`.
 * @throws TemplateError for invalid syntax, unknown filters, and variables other than `name` or `group.name`.
 */
export function readVariables(text: string): string[] {
  let found: ReturnType<Liquid['globalVariableSegmentsSync']>
  try {
    found = valueEngine.globalVariableSegmentsSync(valueEngine.parse(text))
  } catch (error) {
    throw new TemplateError(error instanceof Error ? firstLine(error.message) : 'cannot be parsed')
  }
  return found.map((segments) => {
    if (segments.length > 2 || segments.some((segment) => typeof segment !== 'string')) {
      throw new TemplateError('a variable must be a name, or a group and a name such as vars.workspace')
    }
    return segments.join('.')
  })
}

/** What stands for a secret wherever a URL is shown. */
const HIDDEN = '[secret]'

/** A filled URL, or part of one. */
export interface FilledUrl {
  text: string
  /** The same for people: every secret is left out. Undefined if there is none in it. */
  shown: string | undefined
}

/**
 * Fills a template that is a URL or part of one. Every output is percent-encoded.
 * @throws TemplateError if a variable is absent, or secret although the request does not allow a secret in its URL.
 */
export function fillUrl(text: string, scope: Scope, allow: { secret: boolean }): FilledUrl {
  const values = collectValues(text, scope)
  if (values.isSecret && !allow.secret) throw new TemplateError('the URL would contain a secret')
  if (values.absent !== undefined) throw new TemplateError(`${values.absent} has no value`)
  const filled = String(render(urlEngine, text, values.plain))
  if (!values.isSecret) return { text: filled, shown: undefined }
  return { text: filled, shown: String(render(urlEngine, text, collectValues(text, scope, HIDDEN).plain)) }
}

/** A filled template, and whether it contains a secret. */
export interface Filled {
  /** A template that is a single output keeps the type of its value. `undefined`: omit the field. */
  value: unknown
  isSecret: boolean
}

/** Fills a template of a header, a query or a body. If a variable is absent and has no `default`, the field is omitted. */
export function fillValue(text: string, scope: Scope): Filled {
  const { plain, isSecret, absent } = collectValues(text, scope)
  if (absent !== undefined && !/\|\s*default\b/.test(text)) return { value: undefined, isSecret: false }
  return { value: render(valueEngine, text, plain), isSecret }
}

function render(engine: Liquid, text: string, plain: object): unknown {
  try {
    return engine.parseAndRenderSync(text, plain)
  } catch {
    throw new TemplateError('cannot be filled with these values')
  }
}

/** Collects the values of exactly the variables that the template uses. Only here are secrets exposed to templates. */
function collectValues(
  text: string,
  scope: Scope,
  hidden?: string,
): { plain: object; isSecret: boolean; absent?: string } {
  const plain: Record<string, unknown> = {}
  let isSecret = false
  let absent: string | undefined
  for (const variable of readVariables(text)) {
    const [group = '', member] = variable.split('.')
    const value = member === undefined ? scope[group] : readMember(scope[group], member)
    if (value === undefined || value === null) absent ??= variable
    if (value instanceof SecretValue) isSecret = true
    const shown = value instanceof SecretValue ? (hidden ?? value.expose()) : (value ?? null)
    if (member === undefined) plain[group] = shown
    else plain[group] = { ...(plain[group] as object | undefined), [member]: shown }
  }
  return { plain, isSecret, ...(absent === undefined ? {} : { absent }) }
}

function readMember(group: unknown, member: string): unknown {
  return typeof group === 'object' && group !== null && Object.hasOwn(group, member)
    ? (group as Record<string, unknown>)[member]
    : undefined
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message
}
