/* The generated files of the chart. */

import { z } from 'zod'
import type { JsonSchema } from '../../src/config/describe/json-schema.ts'
import { makeOptionsTable } from '../../src/config/describe/options-table.ts'
import { chartValues } from './values.ts'
import { writeValues } from './write-values.ts'

/** Draft 7, which every Helm that is in use reads. */
export function describeValues(): JsonSchema {
  return z.toJSONSchema(chartValues, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern !== undefined) jsonSchema.pattern = toPortable(jsonSchema.pattern)
    },
  }) as JsonSchema
}

/**
 * Every Helm reads patterns as Go does, which has no lookaround, and editors as JavaScript without its `u`, which has no
 * classes of Unicode. What is left out here is still held by `keyrota check`.
 */
function toPortable(pattern: string): string {
  return pattern.replaceAll(/\(\?[=!][^()]*\)/g, '').replaceAll('\\p{Cc}', '\\x00-\\x1f\\x7f-\\x9f')
}

/** What the README says about each value; the fields of `config` have a page of their own. */
export function makeValuesTable(): string {
  const { properties = {} } = describeValues()
  const { properties: _, ...config } = properties.config ?? {}
  return makeOptionsTable({ properties: { ...properties, config } })
}

/** Files that are generated whole, by their path in the repository. */
export function makeChartFiles(): [string, string][] {
  const schema = describeValues()
  return [
    ['helm/keyrota/values.yaml', writeValues(schema)],
    ['helm/keyrota/values.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
  ]
}
