import type { KeyConfig, ProviderSetting, TeamGrant, TeamRules } from '../../contracts/config.ts'
import type { KeyProblem } from '../../contracts/key-source.ts'
import type { OptionsModule } from '../../contracts/provider-entry.ts'
import { checkPolicy } from '../check/check-policy.ts'
import { checkFields } from '../check/check-references.ts'
import { checkLifecycles } from '../check/check-shared-fields.ts'
import { type MergedPolicy, mergePolicy, resolveKey, resolveTarget } from '../check/resolve-key.ts'
import { checkWindow, type RawWindow } from '../check/window.ts'
import { listValues } from '../schema/issue-words.ts'
import { type Finding, judge } from '../schema/judge.ts'
import { managedKeySchema, objectNamePattern, type RawManagedKey } from '../schema/managed-key-spec.ts'
import type { RawPolicy } from '../schema/schema.ts'
import { suggestName } from '../schema/suggest.ts'
import { formatPath } from '../text/path.ts'
import { opensNamespace } from './fields.ts'
import { judgeFields } from './judge-fields.ts'

/** What a team's object is held against. */
export interface Platform {
  rules: TeamRules
  issuers: Readonly<Record<string, ProviderSetting>>
  stores: Readonly<Record<string, ProviderSetting>>
  /** The grammar of addresses of the stores that are opened, by the name of the store. */
  addressRules: ReadonlyMap<string, Pick<OptionsModule, 'checkAddress'>>
  findGapMs: (window: RawWindow) => number
}

export interface TeamKeyText {
  namespace: string
  /** Name of the object. */
  name: string
  spec: unknown
}

export type Workload = RawManagedKey['workloads'][number]

export interface TeamKey {
  key: KeyConfig
  grant: TeamGrant
  /** By the name of the consumer that stands for it. */
  workloads: ReadonlyMap<string, Workload>
}

export type ReadTeamKey = { key: TeamKey } | { problems: KeyProblem[] }

const MAX_SPEC_LENGTH = 32 * 1024
const MAX_TARGETS = 20
const MAX_PROBLEMS = 20
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Reads the object of a team into a key, or says everything that is wrong with it, as `check` does for the config. */
export function readTeamKey(object: TeamKeyText, platform: Platform): ReadTeamKey {
  const findings = [...checkForm(object), ...checkNames(object.spec)]
  const judged = judge(managedKeySchema, object.spec, ['spec'])
  if (!judged.isRight) return refuse([...findings, ...judged.findings])
  const raw = judged.value
  const { grant, findings: unopened } = findGrant(object.namespace, raw, platform.rules)
  if (!grant) return refuse([...findings, ...unopened])
  const defaults = platform.rules.defaults as RawPolicy
  const merged = mergePolicy(raw, defaults)
  const said = Object(object.spec) as Record<string, unknown>
  findings.push(...judgeFields({ said, raw, grant, platform: mergePolicy({}, defaults) }))
  findings.push(...checkTargets(raw, grant, platform), ...checkAlone(raw, merged, platform))
  if (findings.length > 0) return refuse(findings)
  return { key: resolveTeamKey(object, { raw, merged, grant, platform }) }
}

function refuse(findings: readonly Finding[]): { problems: KeyProblem[] } {
  const written = findings.map(({ path, message, expected, suggestion }) => ({
    path: formatPath(path),
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  }))
  const once = [...new Map(written.map((problem) => [JSON.stringify(problem), problem])).values()]
  const more = once.length - MAX_PROBLEMS
  if (more <= 0) return { problems: once }
  return {
    problems: [...once.slice(0, MAX_PROBLEMS), { path: 'spec', message: `has ${more} more problems` }],
  }
}

/** Limits that hold before anything is looked at closely. */
function checkForm({ name, spec }: TeamKeyText): Finding[] {
  const findings: Finding[] = []
  if (!NAME.test(name))
    findings.push({
      path: ['metadata', 'name'],
      message: 'is not a name of a key',
      expected: 'lower case letters, digits and dashes, at most 63',
    })
  if ((JSON.stringify(spec) ?? '').length > MAX_SPEC_LENGTH)
    findings.push({
      path: ['spec'],
      message: 'is too large',
      expected: `at most ${MAX_SPEC_LENGTH} characters`,
    })
  return findings
}

/** Secrets are named without a namespace: that of the object is the only one a team reaches. */
function checkNames(spec: unknown): Finding[] {
  const { targets }: { targets?: unknown } = Object(spec)
  if (!Array.isArray(targets)) return []
  const expected = 'the name of a Secret in the namespace of this object, without a namespace in front'
  const findings: Finding[] = targets.slice(0, MAX_TARGETS).flatMap((target: unknown, at) => {
    const { secret }: { secret?: unknown } = Object(target)
    if (typeof secret !== 'string' || isObjectName(secret)) return []
    const message = secret.includes('/') ? 'names a namespace' : 'is not the name of a Secret'
    return [{ path: ['spec', 'targets', at, 'secret'], message, expected }]
  })
  if (targets.length > MAX_TARGETS)
    findings.push({
      path: ['spec', 'targets'],
      message: 'has too many entries',
      expected: `at most ${MAX_TARGETS}`,
    })
  return findings
}

function isObjectName(text: string): boolean {
  return text.length <= 253 && objectNamePattern.test(text)
}

/** The grant that the key fits into as a whole: parts of two grants would open what neither of them does. */
function findGrant(
  namespace: string,
  raw: RawManagedKey,
  { grants }: TeamRules,
): { grant: TeamGrant | undefined; findings: Finding[] } {
  const here = grants.filter((grant) => opensNamespace(grant, namespace))
  const ofEnvironment = here.filter(({ environments }) => environments.includes(raw.environment))
  const grant = ofEnvironment.find((one) => fits(one, raw)) ?? ofEnvironment[0]
  if (grant) return { grant, findings: [] }
  const open = [...new Set(here.flatMap(({ environments }) => environments))]
  if (open.length === 0)
    return {
      grant,
      findings: [{ path: ['metadata', 'namespace'], message: 'is not opened to keys of teams' }],
    }
  return {
    grant,
    findings: [
      {
        path: ['spec', 'environment'],
        message: 'is not opened to this namespace',
        expected: listValues(open),
        suggestion: suggestName(raw.environment, open),
      },
    ],
  }
}

function fits({ issuers, stores, scopes }: TeamGrant, raw: RawManagedKey): boolean {
  return (
    issuers.includes(raw.issuer) &&
    raw.targets.every(({ store }) => stores.includes(store)) &&
    (raw.scopes ?? []).every((scope) => scopes.includes(scope))
  )
}

function checkTargets(raw: RawManagedKey, { stores }: TeamGrant, { addressRules }: Platform): Finding[] {
  return raw.targets.flatMap((target, at): Finding[] => {
    const path = ['spec', 'targets', at]
    const findings = checkFields(path, target)
    if (!stores.includes(target.store))
      return [
        ...findings,
        {
          path: [...path, 'store'],
          message: 'is not opened to this namespace',
          expected: listValues(stores),
          suggestion: suggestName(target.store, stores),
        },
      ]
    const rules = isObjectName(target.secret) ? addressRules.get(target.store) : undefined
    const wrong = rules?.checkAddress?.(resolveTarget(target, new Map())) ?? []
    const field = target.fields === undefined ? 'field' : 'fields'
    return [...findings, ...wrong.map((message) => ({ path: [...path, field], message }))]
  })
}

/** What follows from the fields together, as for a key of the config. */
function checkAlone(raw: RawManagedKey, merged: MergedPolicy, platform: Platform): Finding[] {
  const wrongWindow = merged.window && checkWindow(merged.window)
  const gapMs = merged.window && !wrongWindow ? platform.findGapMs(merged.window) : undefined
  const policies = new Map([['spec', merged]])
  return [
    ...(wrongWindow ? [{ ...wrongWindow, path: ['spec', 'window', wrongWindow.at] }] : []),
    ...checkPolicy(merged, gapMs).map(({ field, ...said }) => ({ ...said, path: ['spec', field] })),
    ...checkLifecycles({ spec: raw }, policies, platform.issuers).map((one) => ({
      ...one,
      path: one.path.slice(1),
    })),
  ]
}

function resolveTeamKey(
  { namespace, name }: TeamKeyText,
  about: { raw: RawManagedKey; merged: MergedPolicy; grant: TeamGrant; platform: Platform },
): TeamKey {
  const { raw, merged, grant, platform } = about
  const own = (text: string) => `${namespace}/${text}`
  const workloads = new Map(raw.workloads.map((one) => [own(`${one.kind.toLowerCase()}/${one.name}`), one]))
  const placed: RawManagedKey = {
    ...raw,
    targets: raw.targets.map((target) => ({ ...target, secret: own(target.secret) })),
    consumers: [...workloads.keys()],
    ...(raw.group === undefined ? {} : { group: own(raw.group) }),
  }
  const longestGapMs = merged.window && platform.findGapMs(merged.window)
  const key = resolveKey(own(name), placed, merged, { folders: new Map(), longestGapMs })
  return { key, grant, workloads }
}
