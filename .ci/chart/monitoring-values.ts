/* Values that say how Keyrota is watched. */

import { z } from 'zod'
import { durationText, optionalName, part, passedOnList, texts } from './shapes.ts'

function scrape(kind: string, needs: string) {
  return part({
    enabled: z.boolean().default(false).describe(`make a ${kind}; needs ${needs}`),
    namespace: optionalName.default('').describe('its namespace; empty: that of the release'),
    labels: texts.default({}).describe('labels by which Prometheus finds it'),
    interval: durationText.default('30s').describe('how often metrics are read'),
    scrapeTimeout: durationText.default('10s').describe('how long that may take'),
    relabelings: passedOnList.default([]).describe('changes of labels before metrics are read'),
    metricRelabelings: passedOnList.default([]).describe('changes of what was read'),
  })
}

/** Fields of the top level, in the order of values.yaml. */
export const monitoringValues = {
  metrics: part({
    service: part({
      labels: texts.default({}).describe('more labels of the Service in front of the metrics'),
      annotations: texts.default({}).describe('its annotations'),
    }),
    serviceMonitor: scrape('ServiceMonitor', '`mode: deployment` and the Prometheus Operator'),
    podMonitor: scrape('PodMonitor', '`mode: deployment` and the Prometheus Operator'),
  }).describe('metrics of `mode: deployment`; a CronJob cannot be scraped, see kubeStateMetrics'),
  kubeStateMetrics: part({
    enabled: z
      .boolean()
      .default(false)
      .describe('make the ConfigMap by which kube-state-metrics shows every ManagedKey, in both modes'),
    namespace: optionalName.default('').describe('its namespace; empty: that of the release'),
    labels: texts.default({}).describe('more labels'),
  }),
  alerts: part({
    enabled: z.boolean().default(false).describe('make a PrometheusRule; needs the Prometheus Operator'),
    namespace: optionalName.default('').describe('its namespace; empty: that of the release'),
    labels: texts.default({}).describe('labels by which Prometheus finds it'),
  }),
  dashboard: part({
    enabled: z.boolean().default(false).describe("make the ConfigMap that Grafana's sidecar loads"),
    namespace: optionalName.default('').describe('its namespace; empty: that of the release'),
    labels: texts.default({ grafana_dashboard: '1' }).describe('labels by which Grafana finds it'),
    annotations: texts.default({}).describe('its annotations, e.g. the folder'),
  }),
}
