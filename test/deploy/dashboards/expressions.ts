import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The parts of Grafana's model of a dashboard that are looked at here. */
export interface ShownPanel {
  id: number
  title: string
  type: string
  description?: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource?: { type: string; uid: string }
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[]
}

export interface ShownDashboard {
  uid: string
  title: string
  schemaVersion: number
  panels: ShownPanel[]
  templating: { list: { name: string; type: string; query: string }[] }
}

export function readDashboard(): ShownDashboard {
  const path = fileURLToPath(new URL('../../../deploy/dashboards/keyrota.json', import.meta.url))
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** What Grafana would send for every query, with all namespaces chosen. */
export function listExpressions(): { panel: string; expr: string }[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '5m'),
    })),
  )
}
