/** The files by which Keyrota is watched, by their path in the repository. */
import { writeCustomResourceState } from './custom-resource-state.ts'
import { writeDashboard } from './dashboard.ts'
import { writeRuleFile } from './rule-file.ts'

const HEAD = '# Made by `npm run generate` from .ci/monitoring.\n'

export function makeMonitoringFiles(): [string, string][] {
  const rules = HEAD + writeRuleFile()
  const objects = HEAD + writeCustomResourceState()
  const dashboard = writeDashboard()
  return [
    ['helm/keyrota/files/dashboard.json', dashboard],
    ['deploy/dashboards/keyrota.json', dashboard],
    ['helm/keyrota/files/alerts.yaml', rules],
    ['deploy/alerts/alerts.yaml', rules],
    ['helm/keyrota/files/custom-resource-state.yaml', objects],
    ['deploy/alerts/custom-resource-state.yaml', objects],
  ]
}
