/** The Grafana dashboard, built with Grafana's own types: a field that Grafana does not know does not compile. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Panel, Query } from './panel.ts'
import { rows } from './panels.ts'

const source = { type: 'prometheus', uid: '$datasource' }
/** Heights in rows of the grid. */
const HEIGHTS = { stat: 4, time: 8, table: 10 }

export function writeDashboard(): string {
  const dashboard = new DashboardBuilder('Keyrota')
    .uid('keyrota')
    .description('Keys under management, their rotations, and Keyrota itself.')
    .tags(['keyrota', 'generated'])
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .timezone('browser')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(makeNamespace())
  let id = 0
  for (const { title, panels } of rows) {
    dashboard.withRow(new RowBuilder(title).id(++id))
    for (const panel of panels) dashboard.withPanel(makePanel(panel).id(++id))
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`
}

/** Of keys and of serve. Everything where there are no namespaces. */
function makeNamespace(): QueryVariableBuilder {
  return new QueryVariableBuilder('namespace')
    .label('Namespace')
    .datasource(source)
    .query('label_values({__name__=~"keyrota_managedkey_info|keyrota_build_info"}, namespace)')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true })
}

function makePanel(panel: Panel): StatBuilder | TableBuilder | TimeBuilder {
  if (panel.kind === 'stat') return makeStat(panel)
  return panel.kind === 'table' ? makeTable(panel) : makeTime(panel)
}

function makeStat(panel: Panel): StatBuilder {
  const steps: Threshold[] = [{ value: null, color: 'green' }]
  if (panel.alarm) steps.push({ value: panel.alarm.from, color: panel.alarm.color })
  const builder = describe(new StatBuilder(), panel)
    .decimals(0)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
  for (const [at, query] of panel.queries.entries()) builder.withTarget(makeQuery(query, at).instant())
  return builder
}

function makeTime(panel: Panel): TimeBuilder {
  const builder = describe(new TimeBuilder(), panel)
    .scaleDistribution(makeScale(panel))
    .lineWidth(1)
    .fillOpacity(panel.stacked ? 40 : 0)
    .stacking(new StackingConfigBuilder().mode(panel.stacked ? StackingMode.Normal : StackingMode.None))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
  if (!panel.logarithmic) builder.min(0)
  for (const [at, query] of panel.queries.entries()) builder.withTarget(makeQuery(query, at).range())
  return builder
}

function makeScale({ logarithmic }: Panel): ScaleDistributionConfigBuilder {
  const scale = new ScaleDistributionConfigBuilder()
  return logarithmic ? scale.type(ScaleDistribution.Log).log(10) : scale.type(ScaleDistribution.Linear)
}

/** One line a key: the queries have namespace and name in common. Columns of values are named after their query. */
function makeTable(panel: Panel): TableBuilder {
  const columns = panel.queries.map(({ legend = '' }, at) => ({ value: `Value #${refId(at)}`, legend }))
  const hidden = [
    'Time',
    ...columns.filter(({ legend }) => ['info', 'state'].includes(legend)).map(({ value }) => value),
  ]
  const builder = describe(new TableBuilder(), panel)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
        renameByName: {
          managedkey: 'key',
          ...Object.fromEntries(columns.map(({ value, legend }) => [value, legend])),
        },
      },
    })
  for (const [at, query] of panel.queries.entries())
    builder.withTarget(makeQuery(query, at).instant().format(PromQueryFormat.Table))
  return builder
}

function describe<B extends StatBuilder | TableBuilder | TimeBuilder>(builder: B, panel: Panel): B {
  const { title, description, unit, width, kind } = panel
  builder
    .title(title)
    .description(description)
    .unit(unit)
    .span(width)
    .height(HEIGHTS[kind])
    .datasource(source)
  return builder
}

function makeQuery({ expr, legend = '' }: Query, at: number): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId(at)).datasource(source).expr(expr).legendFormat(legend)
}

function refId(at: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + at)
}
