/** A story about one trigger of an alert, told in series: what Prometheus reads, and when the alert fires. */
export interface AlertCase {
  alert: string
  severity: 'critical' | 'warning'
  source?: 'objects' | 'serve'
  /** Completes "fires …": when, or why not. */
  when: string
  /** Series in the notation of promtool, a sample a minute from the beginning. */
  series: Readonly<Record<string, string>>
  /** At these times after the beginning: the labels of each alert that fires, without those of the rule itself. */
  fires: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>
  /** What people read when it fires first. */
  text?: { summary: string; description: string }
}

/** A series with labels in the notation of Prometheus. */
export function series(metric: string, labels: Readonly<Record<string, string>>): string {
  return `${metric}{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`
}

/** As kube-state-metrics tells it of the key `renderer` in the namespace `video`. */
export function ofObject(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  const from = { job: 'kube-state-metrics', instance: 'ksm:8080' }
  const id = { namespace: 'video', managedkey: 'renderer', key: 'renderer' }
  return series(`keyrota_managedkey_${metric}`, { ...from, ...id, ...labels })
}

export const RENDERER = { namespace: 'video', managedkey: 'renderer' }

/** What a person runs to see an object. */
export const DESCRIBE = '`kubectl describe managedkey -n video renderer`'
