/** Turns cases into what `promtool test rules` reads: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
import { stringify } from 'yaml'
import { anchorOf } from '../../../.ci/monitoring/rule.ts'
import { groups } from '../../../.ci/monitoring/rule-file.ts'
import { type AlertCase, series } from './case.ts'

/** Stories of a day or more are evaluated less often: a thousand evaluations of every rule take seconds. */
const LONG_MIN = 300

/** Files of tests, by name, for the rules in this file. */
export function writePromtoolFiles(rules: string, cases: readonly AlertCase[]): Map<string, string> {
  const { short = [], long = [] } = Object.groupBy(cases, ({ fires }) =>
    Math.max(...Object.keys(fires).map((at) => Number.parseInt(at, 10))) > LONG_MIN ? 'long' : 'short',
  )
  return new Map([
    ['short.yaml', writePromtoolFile(rules, short, '1m')],
    ['long.yaml', writePromtoolFile(rules, long, '10m')],
  ])
}

function writePromtoolFile(rules: string, cases: readonly AlertCase[], interval: string): string {
  const file = {
    rule_files: [rules],
    evaluation_interval: interval,
    tests: cases.map((one) => ({
      name: `${one.alert} (${one.severity}) fires ${one.when}`,
      interval: '1m',
      input_series: Object.entries(one.series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: Object.entries(one.fires).map(([at, alerts]) => expectFiring(one, at, alerts)),
      alert_rule_test: expectText(one),
    })),
  }
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** Prometheus tells of its alerts in the series ALERTS. */
function expectFiring(one: AlertCase, at: string, alerts: readonly Readonly<Record<string, string>>[]) {
  const selector = { alertname: one.alert, alertstate: 'firing', ...ownLabels(one) }
  return {
    expr: series('ALERTS', selector),
    eval_time: at,
    exp_samples: alerts.map((labels) => ({ labels: series('ALERTS', { ...selector, ...labels }), value: 1 })),
  }
}

function expectText(one: AlertCase) {
  const first = Object.entries(one.fires).find(([, alerts]) => alerts.length > 0)
  if (!one.text || !first) return []
  const alert = groups.flatMap(({ alerts }) => alerts).find(({ name }) => name === one.alert)
  if (!alert) throw new Error(`there is no alert ${one.alert}`)
  const [at, alerts] = first
  return [
    {
      eval_time: at,
      alertname: one.alert,
      exp_alerts: alerts.map((labels) => ({
        exp_labels: { ...labels, ...ownLabels(one) },
        exp_annotations: { ...one.text, runbook: anchorOf(alert) },
      })),
    },
  ]
}

function ownLabels({ severity, source }: AlertCase): Record<string, string> {
  return { severity, ...(source === undefined ? {} : { source }) }
}
