import { describe, expect, test } from 'vitest'
import { makeRuleFile } from '../../.ci/monitoring/rule-file.ts'
import { alertCases } from './alerts/cases.ts'
import { listExpressions } from './dashboards/expressions.ts'
import { constants, listKnownMetrics, scrapeLabels } from './known-metrics.ts'
import { readExpression } from './promql.ts'

const known = listKnownMetrics()
const expressions = [
  ...makeRuleFile().groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr }))),
  ...listExpressions().map(({ panel, expr }) => ({ where: panel, expr })),
]

describe('what rules and panels ask for', () => {
  test('exists: every metric is in the table of serve, in the objects, or in kube-state-metrics', () => {
    const asked = expressions.flatMap(({ where, expr }) =>
      readExpression(expr).selectors.map(({ metric }) => ({ where, metric })),
    )
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter(({ metric }) => !known.has(metric))).toEqual([])
  })

  test('has the labels that are matched, and says what they can say', () => {
    const wrong = expressions.flatMap(({ where, expr }) =>
      readExpression(expr).selectors.flatMap(({ metric, matchers }) =>
        matchers
          .filter(({ label, values }) => {
            const labels = [...(known.get(metric) ?? []), ...scrapeLabels]
            const isConstant =
              constants[label] === undefined || values.every((value) => constants[label]?.includes(value))
            return !labels.includes(label) || !isConstant
          })
          .map(({ label, values }) => ({ where, metric, label, values })),
      ),
    )
    expect(wrong).toEqual([])
  })

  test('is grouped by labels that one of its metrics has', () => {
    const wrong = expressions.flatMap(({ where, expr }) => {
      const { selectors, labels } = readExpression(expr)
      const possible = new Set([
        ...scrapeLabels,
        ...selectors.flatMap(({ metric }) => known.get(metric) ?? []),
      ])
      return labels.filter((label) => !possible.has(label)).map((label) => ({ where, label }))
    })
    expect(wrong).toEqual([])
  })

  test('is what the cases of the alerts tell', () => {
    const told = alertCases.flatMap(({ alert, series }) =>
      Object.keys(series).map((text) => ({ alert, selector: readExpression(text).selectors[0] })),
    )
    const wrong = told.filter(({ selector }) => {
      const labels = [...(known.get(selector?.metric ?? '') ?? []), ...scrapeLabels, 'version']
      return (
        !selector ||
        !known.has(selector.metric) ||
        selector.matchers.some(({ label }) => !labels.includes(label))
      )
    })
    expect(wrong).toEqual([])
  })
})

test('a text that is no PromQL is refused', () => {
  expect(() => readExpression('sum by (a) (rate(x[5m])')).toThrow('no PromQL')
  expect(readExpression('sum by (a) (x{b=~"c|d"}) > 1')).toEqual({
    selectors: [{ metric: 'x', matchers: [{ label: 'b', values: ['c', 'd'] }] }],
    labels: ['a'],
  })
})
