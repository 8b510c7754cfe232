import { findImports, type Import } from './imports.ts'
import type { Files } from './source-files.ts'

/**
 * Which area may import which. An area may always import itself. Anything not listed is refused, and so is an area
 * without a row: a new folder has to take its place here first. `x/*` means everything below x. An area with rooms
 * is only its own files; its rooms have rows of their own.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/contracts': [],
  'src/workflow': ['src/contracts', 'src/workflow/*'],
  'src/workflow/words': ['src/contracts'],
  'src/workflow/keys': ['src/contracts', 'src/workflow/words'],
  'src/workflow/rollout': ['src/contracts', 'src/workflow/words', 'src/workflow/keys'],
  'src/workflow/steps': ['src/contracts', 'src/workflow/words', 'src/workflow/keys', 'src/workflow/rollout'],
  'src/workflow/people': ['src/contracts', 'src/workflow/words', 'src/workflow/keys'],
  'src/workflow/between': ['src/contracts', 'src/workflow/words', 'src/workflow/keys'],
  'src/schedule': ['src/contracts'],
  'src/calendars': ['src/contracts'],
  'src/scan': ['src/contracts'],
  'src/fleet': ['src/contracts'],
  'src/usage': ['src/contracts'],
  'src/http-server': [],
  'src/engine': [
    'src/contracts',
    'src/schedule',
    'src/workflow',
    'src/workflow/words',
    'src/workflow/keys',
    'src/workflow/between',
  ],
  'src/budget': ['src/contracts', 'src/engine'],
  'src/service': [
    'src/contracts',
    'src/schedule',
    'src/workflow',
    'src/workflow/words',
    'src/workflow/keys',
    'src/workflow/people',
    'src/workflow/between',
    'src/engine',
    'src/scan',
    'src/fleet',
    'src/usage',
  ],
  'src/telemetry': ['src/contracts', 'src/http-server', 'src/usage', 'src/engine', 'src/service'],
  'src/receive': ['src/contracts', 'src/http-server', 'src/engine', 'src/service'],
  'src/cli': [
    'src/contracts',
    'src/workflow',
    'src/schedule',
    'src/engine',
    'src/service',
    'src/telemetry',
    'src/fleet',
    'src/receive',
    'src/http-server',
  ],
  'src/demo': ['src/contracts', 'src/service', 'src/cli'],
  'src/config': ['src/contracts', 'src/state-folder', 'src/config/*'],
  'src/config/text': ['src/contracts'],
  'src/config/schema': ['src/contracts', 'src/config/text'],
  'src/config/check': [
    'src/contracts',
    'src/config/text',
    'src/config/schema',
    'src/calendars',
    'src/schedule',
  ],
  'src/config/teams': ['src/contracts', 'src/config/text', 'src/config/schema', 'src/config/check'],
  'src/config/describe': ['src/contracts', 'src/config/schema'],
  'src/state-folder': ['src/contracts'],
  'src/permissions': ['src/contracts'],
  'src/sandbox': [],
  'src/machine.ts': ['src/contracts', 'src/process-identity.ts'],
  'src/process-identity.ts': [],
  'src/plugin.ts': ['src/contracts'],
  'src/compose.ts': ['src/*', 'providers/index.ts', 'package.json'],
  'src/compose': ['src/*', 'src/compose.ts', 'providers/index.ts'],
  'src/kubectl': ['src/contracts'],
  'src/kubectl-keyrota.ts': ['src/compose', 'src/kubectl', 'src/cli'],
  'src/main.ts': ['src/compose.ts', 'src/cli'],
  'providers/index.ts': ['src/contracts', 'providers/*'],
  'providers/shared': ['src/contracts'],
  'providers/*': ['src/contracts', 'providers/shared'],
  'test/laws': ['src/contracts'],
}

/** Areas whose files do not know each other either: a step of the workflow leaves the way to `workflow.ts`. */
const STRANGERS: readonly string[] = ['src/workflow/steps']

/** What these areas may load beside our own files; the areas that are not named may load any package. */
const MAY_LOAD: Readonly<Record<string, RegExp>> = {
  'src/contracts': /^(zod|node:crypto)$/,
  'src/workflow': /^$/,
  'src/schedule': /^croner$/,
  'src/fleet': /^node:crypto$/,
  'test/laws': /^node:(?!test\b)/,
}

/**
 * The area a file belongs to: the deepest one that is listed. A folder beside listed rooms is an area of its own,
 * and so is a provider, `providers/stores/vault`.
 */
function areaOf(path: string): string {
  const parts = path.split('/')
  const depths = parts.map((_, index) => parts.length - index)
  const depth = depths.find((count) => parts.slice(0, count).join('/') in MAY_IMPORT)
  if (depth === undefined) return parts.slice(0, /^providers\/.*\/.*\//.test(path) ? 3 : 2).join('/')
  const area = parts.slice(0, depth).join('/')
  return hasRooms(area) && depth < parts.length - 1 ? parts.slice(0, depth + 1).join('/') : area
}

function hasRooms(area: string): boolean {
  return Object.keys(MAY_IMPORT).some((name) => name.startsWith(`${area}/`) && !name.endsWith('.ts'))
}

function ruleFor(area: string): readonly string[] | undefined {
  return MAY_IMPORT[area] ?? (area.startsWith('providers/') ? MAY_IMPORT['providers/*'] : undefined)
}

/** The rule of the area, or of the one whose room it is. */
function loadRuleFor(area: string): RegExp | undefined {
  return Object.entries(MAY_LOAD).find(([name]) => area === name || area.startsWith(`${name}/`))?.[1]
}

function isAllowed(area: string, to: string): boolean {
  const target = areaOf(to)
  if (target === area) return !STRANGERS.includes(area)
  return (ruleFor(area) ?? []).some((allowed) => {
    return allowed === target || (allowed.endsWith('/*') && target.startsWith(allowed.slice(0, -1)))
  })
}

/** Whether the direction of imports binds this file: the product and the laws that are published with it. */
function isLayered(path: string): boolean {
  return /^(src|providers|test\/laws)\/.*\.ts$/.test(path)
}

function judge(found: Import): string | undefined {
  const area = areaOf(found.from)
  if (!found.isOurs) {
    const name = found.to ?? 'a computed name'
    return (loadRuleFor(area)?.test(name) ?? true) ? undefined : `${found.place} imports ${name}`
  }
  if (!ruleFor(area)) return `${found.place} is in an area without a rule`
  return found.to && !isAllowed(area, found.to) ? `${found.place} imports ${found.to}` : undefined
}

/** Imports against the direction of the design, in the product's own code. */
export function findWrongImports(files: Files): string[] {
  return files
    .filter(({ path }) => isLayered(path))
    .flatMap(findImports)
    .map(judge)
    .filter((problem) => problem !== undefined)
}
