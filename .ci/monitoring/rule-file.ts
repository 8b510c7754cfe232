/** The rule file that Prometheus and `promtool` read; also the `spec` of a PrometheusRule. */
import { stringify } from 'yaml'
import { type Alert, anchorOf, type Group, type Trigger } from './rule.ts'
import { objectRules } from './rules-of-objects.ts'
import { presenceRules } from './rules-of-presence.ts'
import { rotationRules } from './rules-of-rotations.ts'
import { serveRules } from './rules-of-serve.ts'
import { serveKeyRules } from './rules-of-serve-keys.ts'
import { useRules } from './rules-of-use.ts'

export const groups: readonly Group[] = [
  objectRules,
  rotationRules,
  presenceRules,
  serveKeyRules,
  serveRules,
  useRules,
]

export interface WrittenRule {
  alert: string
  expr: string
  for: string
  labels: { severity: string; source?: string }
  annotations: { summary: string; description: string; runbook: string }
}

export interface RuleFile {
  groups: { name: string; rules: WrittenRule[] }[]
}

export function makeRuleFile(): RuleFile {
  return {
    groups: groups.map(({ name, source, alerts }) => ({
      name,
      rules: alerts.flatMap((alert) => alert.triggers.map((trigger) => writeRule(alert, trigger, source))),
    })),
  }
}

function writeRule(alert: Alert, trigger: Trigger, source: string | undefined): WrittenRule {
  const { severity, expr, for: time, summary, description } = trigger
  return {
    alert: alert.name,
    expr,
    for: time,
    labels: { severity, ...(source === undefined ? {} : { source }) },
    annotations: { summary, description, runbook: anchorOf(alert) },
  }
}

export function writeRuleFile(): string {
  return stringify(makeRuleFile(), { lineWidth: 0, aliasDuplicateObjects: false })
}

/** What people read when an alert leads them here: each group, and each alert under a heading that is its name. */
export function writeRunbook(): string {
  const shown = new Set<string>()
  return groups
    .map((group) =>
      [
        `## Group ${group.name}`,
        group.about,
        ...group.alerts.flatMap((alert) => writeSection(alert, shown)),
      ].join('\n\n'),
    )
    .join('\n\n')
}

/** An alert that two groups have gets one section, and a line where it comes again. */
function writeSection(alert: Alert, shown: Set<string>): string[] {
  if (shown.has(alert.name)) return [`[${alert.name}](#${alert.name.toLowerCase()}) again.`]
  shown.add(alert.name)
  const severities = [...new Set(alert.triggers.map(({ severity }) => severity))].join(', ')
  return [
    `### ${alert.name}`,
    `_${severities}._ ${alert.meaning}`,
    alert.steps.map((step, at) => `${at + 1}. ${step}`).join('\n'),
  ]
}
