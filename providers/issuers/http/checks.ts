/* Checks across fields of the options, so that a config that cannot work fails when it is read. */

import { checkLifecycle } from './check-lifecycle.ts'
import { checkSecretIds } from './check-secrets.ts'
import { checkAuth, checkRequest, checkTemplate } from './check-templates.ts'
import {
  type Checked,
  type IssueSink,
  type OperationName,
  type Report,
  withKey,
  withValue,
} from './checked.ts'
import { partNames } from './parts.ts'

const reserved = ['name', 'mark', 'id', 'vars', 'current', 'expires_at', 'scopes', 'slot', 'random']

/** Reports every problem that involves several fields, each with the path of the field to change. */
export function checkOptions(options: Checked, context: IssueSink): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path, message })
  checkLifecycle(options, report)
  checkParts(options, report)
  checkSecretIds(options, report)
  for (const name of listOperations(options)) checkRequest(options, name, report)
  for (const use of ['management', 'probe'] as const) {
    const auth = options.auth[use]
    if (auth !== undefined) checkAuth(options, use, auth, report)
  }
  if (options.usage && options.usage.amount === undefined && options.usage.lastUsed === undefined)
    report(['usage', 'amount'], 'expected amount, or lastUsed')
  checkVerdicts(options, report)
  checkGarbage(options, report)
  checkTasks(options, report)
  if (
    options.auth.management === undefined &&
    listOperations(options).some((name) => !withValue.includes(name))
  )
    report(['auth', 'management'], 'expected the authentication of the operations on keys')
}

/** Returns the names of the operations that the config describes. */
function listOperations(options: Checked): OperationName[] {
  const all = ['create', 'list', 'readBack', 'endOverlap', 'usage', ...withKey, ...withValue] as const
  return all.filter((name) => options[name] !== undefined)
}

function checkParts(options: Checked, report: Report): void {
  const parts = partNames(options)
  if (parts.length === 0 && options.lifecycle !== 'self' && options.create !== undefined)
    report(['create', 'parts'], 'expected at least one part, e.g. { value: $.key }')
  for (const part of options.publicParts) {
    if (!parts.includes(part)) report(['publicParts'], `expected names of parts: ${parts.join(', ')}`)
  }
  if (parts.length > 0 && parts.every((part) => options.publicParts.includes(part)))
    report(['publicParts'], 'expected at least one part that is secret')
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

/** A probe that can never accept, or never reject, would block every rotation. */
function checkVerdicts(options: Checked, report: Report): void {
  for (const verdict of ['accepted', 'rejected'] as const) {
    const inRules = options.probe.rules?.some((rule) => rule.verdict === verdict)
    if (options.probe[verdict] === undefined && !inRules) {
      report(['probe', verdict], `expected the statuses of an ${verdict} key, or a rule with this verdict`)
    }
  }
}

/** The control of a probe: a value of the right shape, and an account that a failure cannot lock. */
function checkGarbage(options: Checked, report: Report): void {
  const { garbage } = options.probe
  if (garbage === undefined) return
  const allowed = new Map([['random', 'plain' as const]])
  for (const [part, text] of Object.entries(garbage.parts ?? {})) {
    const path = ['probe', 'garbage', 'parts', part]
    if (!partNames(options).includes(part)) report(path, `expected one of ${partNames(options).join(', ')}`)
    const template = { text, path: [], inUrl: false, mustHide: false }
    const used = checkTemplate(template, path, { allowed, mayShow: false }, report)
    if (used.length === 0 && !options.publicParts.includes(part))
      report(path, 'expected {{ random }} in it: a fixed value could be a key one day')
  }
  for (const name of Object.keys(garbage.vars ?? {})) {
    if (options.vars[name] === undefined)
      report(['probe', 'garbage', 'vars', name], 'expected the name of one of vars, which it replaces')
  }
}

/** What a person is told holds no secret. */
function checkTasks(options: Checked, report: Report): void {
  const allowed = new Map<string, 'plain' | 'secret'>([
    ['name', 'plain'],
    ['current_name', 'plain'],
  ])
  for (const [name, value] of Object.entries(options.vars)) {
    if (typeof value !== 'object' || value === null) allowed.set(`vars.${name}`, 'plain')
  }
  for (const kind of ['create', 'revoke'] as const) {
    const { url, steps = [], confirm = [] } = options.operator?.[kind] ?? {}
    const texts: [string[], string][] = [
      ...(url === undefined ? [] : [[['url'], url] as [string[], string]]),
      ...steps.map((text, index): [string[], string] => [['steps', String(index)], text]),
      ...confirm.map((text, index): [string[], string] => [['confirm', String(index)], text]),
    ]
    for (const [path, text] of texts) {
      const template = { text, path: [], inUrl: false, mustHide: false }
      checkTemplate(template, ['operator', kind, ...path], { allowed, mayShow: false }, report)
    }
  }
}
