import type { CustomResourceState } from '../../../.ci/monitoring/custom-resource-state.ts'

/**
 * What kube-state-metrics makes of an object by its CustomResourceState, as its documentation says it: paths that lead
 * nowhere give no series, lists give one for each element, True and times become numbers.
 */
export function tellObject({ spec }: CustomResourceState, object: unknown): string[] {
  return spec.resources.flatMap(({ metricNamePrefix, labelsFromPath, metrics }) =>
    metrics.flatMap(({ name, each, labelsFromPath: own = {} }) => {
      const base = readLabels(object, { ...labelsFromPath, ...own })
      return each.type === 'Info'
        ? tellInfo(`${metricNamePrefix}_${name}`, base, readLabels(object, each.info.labelsFromPath))
        : tellGauge(`${metricNamePrefix}_${name}`, base, object, each.gauge)
    }),
  )
}

type Labels = Record<string, string>
type Path = readonly string[]

function tellInfo(name: string, base: Labels, labels: Labels): string[] {
  return Object.keys(labels).length > 0 ? [write(name, { ...base, ...labels }, 1)] : []
}

function tellGauge(
  name: string,
  base: Labels,
  object: unknown,
  {
    path,
    valueFrom = [],
    labelsFromPath = {},
  }: { path: Path; valueFrom?: Path; labelsFromPath?: Record<string, Path> },
): string[] {
  const found = follow(object, path)
  const elements = Array.isArray(found) ? found : [found]
  return elements.flatMap((element) => {
    const value = follow(element, valueFrom)
    if (value === undefined) return []
    return [write(name, { ...base, ...readLabels(element, labelsFromPath) }, toNumber(value))]
  })
}

function readLabels(object: unknown, paths: Record<string, Path>): Labels {
  const entries = Object.entries(paths).map(([label, path]) => [label, follow(object, path)] as const)
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined).map(([label, value]) => [label, String(value)]),
  )
}

function follow(object: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    object,
  )
}

/** @throws Error for a text that is neither an answer nor a time: kube-state-metrics logs an error and tells nothing */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === 'True') return 1
  if (value === 'False' || value === 'Unknown') return 0
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value) / 1000
  throw new Error(`${String(value)} is no number`)
}

function write(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${name}{${pairs.map(([label, text]) => `${label}="${text}"`).join(',')}} ${value}`
}
