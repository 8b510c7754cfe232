import { describe, expect, test } from 'vitest'
import { readExpression } from '../promql.ts'
import { listExpressions, readDashboard, type ShownPanel } from './expressions.ts'

const dashboard = readDashboard()
const shown = dashboard.panels.filter(({ type }) => type !== 'row')

function overlaps({ gridPos: a }: ShownPanel, { gridPos: b }: ShownPanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

describe('the dashboard', () => {
  test('can be provisioned: a fixed uid, no id of an instance, a schema that Grafana 11 knows', () => {
    expect(dashboard.uid).toBe('keyrota')
    expect(dashboard).not.toHaveProperty('id')
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
  })

  test('has panels that each have a place, a number and a name of their own', () => {
    expect(shown.length).toBeGreaterThan(15)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    expect(new Set(shown.map(({ title }) => title)).size).toBe(shown.length)
    const pairs = dashboard.panels.flatMap((panel, at) =>
      dashboard.panels.slice(at + 1).map((other) => [panel, other] as const),
    )
    expect(pairs.filter(([panel, other]) => overlaps(panel, other))).toEqual([])
    expect(shown.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })

  test('says of each panel what it shows', () => {
    expect(shown.filter(({ description = '' }) => description.length < 15).map(({ title }) => title)).toEqual(
      [],
    )
  })

  test('asks the data source that was chosen, each query by a letter of its own', () => {
    expect(dashboard.templating.list.find(({ name }) => name === 'datasource')).toMatchObject({
      type: 'datasource',
      query: 'prometheus',
    })
    for (const { title, datasource, targets = [] } of shown) {
      const wanted = { type: 'prometheus', uid: '$datasource' }
      expect(targets.length, title).toBeGreaterThan(0)
      expect([datasource, ...targets.map((target) => target.datasource)], title).toEqual(
        Array(targets.length + 1).fill(wanted),
      )
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
    }
  })

  test('has expressions that are PromQL', () => {
    for (const { panel, expr } of listExpressions()) expect(() => readExpression(expr), panel).not.toThrow()
  })
})
