/** An alert rule, and what a person who is woken by it reads. */

export type Severity = 'critical' | 'warning'

/** One expression that fires. An alert may have several: for two severities, or for the two sources of the same fact. */
export interface Trigger {
  severity: Severity
  /** PromQL; its result has a sample for each trouble. */
  expr: string
  /** How long it must hold. */
  for: string
  summary: string
  /** What is wrong and the exact next command. */
  description: string
}

export interface Alert {
  name: string
  /** Shown in the README: what it means that this fires. */
  meaning: string
  /** Shown in the README: what a person does, in order. */
  steps: readonly string[]
  triggers: readonly Trigger[]
}

/** Rules that are evaluated together. */
export interface Group {
  name: string
  /** Where its metrics come from; shown in the README. */
  about: string
  /** Tells apart the alerts of the same name that two groups have. */
  source?: string
  alerts: readonly Alert[]
}

/** Where the text of a command or a label begins and ends, in what Prometheus fills in. */
export function label(name: string): string {
  return `{{ $labels.${name} }}`
}

/**
 * How much a counter of Keyrota grew. A series begins with its first event, which `increase` does not see: one that is
 * younger than the time counts whole.
 */
export function growth(counter: string, time: string): string {
  const series = `keyrota_${counter}`
  return `(increase(${series}[${time}]) and ${series} offset ${time}) or ${series}`
}

const RUNBOOK = 'deploy/alerts/README.md'

/** As GitHub makes the anchor of a heading that is one word. */
export function anchorOf({ name }: Alert): string {
  return `${RUNBOOK}#${name.toLowerCase()}`
}
