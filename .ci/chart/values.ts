/**
 * The values of the chart: the one source of values.yaml, values.schema.json and the table in the README of
 * helm/keyrota.
 */

import { z } from 'zod'
import { configSchema } from '../../src/config/schema/schema.ts'
import { accessValues } from './access-values.ts'
import { monitoringValues } from './monitoring-values.ts'
import { optionalName, part, passedOn, passedOnList, texts } from './shapes.ts'
import { podValues, workloadValues } from './workload-values.ts'

/** The config as in keyrota.yaml. `keyrota check` checks the options of the providers, which the chart does not know. */
const config = configSchema.partial()

export const chartValues = z.strictObject({
  ...workloadValues,
  observe: z
    .boolean()
    .default(false)
    .describe('only look: nothing is changed for any key, and `keyrota plan` says what would be'),
  config: config
    .prefault({ journal: { type: 'kubernetes' }, stores: { cluster: { type: 'kubernetes-secret' } } })
    .describe('keyrota.yaml; `installation` is required: 2 to 8 letters and digits that never change'),
  existingConfigMap: optionalName
    .default('')
    .describe('name of a ConfigMap with keyrota.yaml instead of `config`; its Roles come from rbac.rules'),
  ...accessValues,
  ...podValues,
  ...monitoringValues,
  tests: part({
    enabled: z
      .boolean()
      .default(true)
      .describe('let `helm test` run `keyrota check` with the identity of the release'),
  }),
  extraObjects: passedOnList
    .default([])
    .describe('more objects of the release; their text may be a template'),
  nameOverride: optionalName.default('').describe('name of the chart in names and labels'),
  fullnameOverride: optionalName.default('').describe('name of the objects; empty: that of the release'),
  commonLabels: texts.default({}).describe('more labels of every object'),
  commonAnnotations: texts.default({}).describe('annotations of every object'),
  global: passedOn.default({}).describe('set by a parent chart, not used'),
  enabled: z.boolean().default(true).describe('for the condition of a parent chart, not used'),
})
