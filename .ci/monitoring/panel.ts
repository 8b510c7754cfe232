/** A panel of the dashboard, and what its queries have in common. */

export interface Query {
  expr: string
  /** Text of the legend; Grafana fills in `{{label}}`. */
  legend?: string
}

export interface Panel {
  title: string
  description: string
  kind: 'stat' | 'time' | 'table'
  /** A unit of Grafana. */
  unit: string
  /** Of the 24 columns. */
  width: number
  queries: readonly Query[]
  /** The number from which on a stat is no longer green. */
  alarm?: { from: number; color: 'red' | 'orange' }
  /** Lines lie on each other and add up. */
  stacked?: true
  /** Its lines differ by powers of ten. */
  logarithmic?: true
}

export interface Row {
  title: string
  panels: readonly Panel[]
}

export const IN = 'namespace=~"$namespace"'
/** What identifies an object; without the labels of the program that told of it. */
export const OBJECT = 'cluster, namespace, managedkey'

/** A metric of the objects in the namespaces that were chosen, one sample a key. */
export function object(metric: string, labels = ''): string {
  const selector = [IN, labels].filter(Boolean).join(',')
  return `max by (${OBJECT}) (keyrota_managedkey_${metric}{${selector}})`
}

/** A metric of serve, one sample a key, whichever replicas tell of it. */
export function served(metric: string, labels = ''): string {
  const selector = [IN, labels].filter(Boolean).join(',')
  return `max by (cluster, namespace, key) (keyrota_${metric}{${selector}})`
}

export function countOf(objects: string, ofServe: string): string {
  return `count(${objects}) or count(${ofServe}) or vector(0)`
}

export function stat(title: string, description: string, expr: string, alarm?: Panel['alarm']): Panel {
  const look = alarm ? { alarm } : {}
  return { title, description, kind: 'stat', unit: 'short', width: 4, queries: [{ expr }], ...look }
}

export function rate(counter: string, by: string): string {
  return `sum by (${by}) (rate(keyrota_${counter}{${IN}}[$__rate_interval]))`
}

export function quantile(q: number, histogram: string, by: string, time = '$__rate_interval'): string {
  return `histogram_quantile(${q}, sum by (${by}le) (rate(keyrota_${histogram}_bucket{${IN}}[${time}])))`
}
