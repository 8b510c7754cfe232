/* Values that say how Keyrota runs: as a CronJob or a Deployment, where, and with what. */

import { z } from 'zod'
import {
  containerSecurityContext,
  durationText,
  environmentVariable,
  optionalName,
  part,
  passedOn,
  passedOnList,
  podSecurityContext,
  resources,
  texts,
} from './shapes.ts'

const image = part({
  repository: z
    .string()
    .min(1)
    .default('keyrota')
    .describe('repository of the image with its registry; build one by deploy/Dockerfile'),
  tag: z.string().default('').describe("tag of the image; empty: the chart's appVersion"),
  digest: z
    .string()
    .regex(/^(?:sha256:[0-9a-f]{64})?$/)
    .default('')
    .describe('digest of the image, such as sha256:…; takes precedence over the tag'),
  pullPolicy: z
    .enum(['IfNotPresent', 'Always', 'Never'])
    .default('IfNotPresent')
    .describe('when it is pulled'),
})

const cronjob = part({
  schedule: z
    .string()
    .regex(/^\S+( \S+){4}$|^@[a-z]+$/)
    .default('*/15 * * * *')
    .describe('when `keyrota run` starts: minute, hour, day, month, weekday'),
  timeZone: z.string().min(1).default('Etc/UTC').describe('IANA name of the time zone of the schedule'),
  suspend: z.boolean().default(false).describe('start nothing; `kubectl create job --from` still works'),
  wait: durationText
    .default('10m')
    .describe('how long one run keeps working before it leaves the rest to the next one'),
  startingDeadlineSeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(600)
    .describe('how late a run may start; without a limit a CronJob gives up after 100 missed runs'),
  activeDeadlineSeconds: z
    .int()
    .positive()
    .optional()
    .describe('when Kubernetes ends a run that hangs; by default `wait` and 5 minutes, at least `wait` and 2')
    .meta({ examples: [900] }),
  successfulJobsHistoryLimit: z.int().min(0).max(100).default(3).describe('runs that went well and are kept'),
  failedJobsHistoryLimit: z.int().min(0).max(100).default(3).describe('runs that failed and are kept'),
  ttlSecondsAfterFinished: z
    .int()
    .min(0)
    .optional()
    .describe('when a finished run is deleted, whatever the limits say')
    .meta({ examples: [86_400] }),
  terminationGracePeriodSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('how long a run that is stopped may finish its call and commit; longer than `callLimit`'),
})

const deployment = part({
  replicas: z.int().min(0).max(100).default(2).describe('pods; they share the work, and none leads'),
  grace: durationText.default('25s').describe('how long `keyrota serve` takes to stop'),
  terminationGracePeriodSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(40)
    .describe('when Kubernetes kills a pod that is stopped; longer than `grace`'),
  host: z.enum(['0.0.0.0', '[::]']).default('0.0.0.0').describe('`[::]` where pods have IPv6 addresses only'),
  port: z.int().min(1024).max(65_535).default(9464).describe('port of /healthz, /readyz and /metrics'),
  reports: part({
    enabled: z
      .boolean()
      .default(false)
      .describe('take leak reports for the `receivers` of the config, behind a Service and a proxy with TLS'),
    port: z.int().min(1024).max(65_535).default(9465).describe('port of /leaks/<receiver>'),
    from: z
      .array(passedOn)
      .default([])
      .describe('who may reach it, as `from` of a NetworkPolicy: the proxy; empty: everybody'),
  }),
  minReadySeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(0)
    .describe('how long a new pod is ready before it counts'),
  revisionHistoryLimit: z.int().min(0).max(100).default(3).describe('old ReplicaSets that are kept'),
  strategy: passedOn
    .default({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
    .describe('how pods are replaced'),
  podDisruptionBudget: part({
    enabled: z
      .boolean()
      .default(true)
      .describe('keep a drain from stopping every pod at once; needs two replicas'),
    maxUnavailable: z
      .union([z.int().min(1), z.string().regex(/^\d{1,3}%$/)])
      .default(1)
      .describe('pods that may be away'),
  }),
  livenessProbe: passedOn
    .default({ initialDelaySeconds: 10, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 })
    .describe('times of the probe of /healthz'),
  readinessProbe: passedOn
    .default({ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 })
    .describe('times of the probe of /readyz'),
})

/** Fields of the top level, in the order of values.yaml. */
export const workloadValues = {
  mode: z
    .enum(['cronjob', 'deployment'])
    .default('cronjob')
    .describe('`cronjob` starts `keyrota run` by a schedule, `deployment` keeps `keyrota serve` running'),
  image,
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([])
    .describe('Secrets to pull the image with')
    .meta({ examples: [[{ name: 'registry' }]] }),
  cronjob,
  deployment,
}

/** Fields of the top level that every pod takes. */
export const podValues = {
  podLabels: texts.default({}).describe('more labels of the pods, e.g. azure.workload.identity/use'),
  podAnnotations: texts.default({}).describe('more annotations of the pods'),
  podSecurityContext: podSecurityContext
    .default({
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    .describe('Pod Security `restricted`; on OpenShift set runAsUser, runAsGroup and fsGroup to null'),
  securityContext: containerSecurityContext
    .default({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    .describe('the same, of the container'),
  resources: resources
    .default({ requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '512Mi' } })
    .describe('what a pod asks for and may use; see Sizing in the README'),
  nodeSelector: texts.default({}).describe('labels of the nodes that may run the pods'),
  tolerations: passedOnList.default([]).describe('taints that the pods tolerate'),
  affinity: passedOn.default({}).describe('which nodes and pods they like to be near'),
  topologySpreadConstraints: passedOnList
    .default([])
    .describe('how replicas are spread; if empty, over nodes and zones where that can be had'),
  priorityClassName: optionalName.default('').describe('priority of the pods'),
  runtimeClassName: optionalName.default('').describe('runtime of the pods'),
  dnsConfig: passedOn.default({}).describe('DNS of the pods'),
  hostAliases: passedOnList.default([]).describe('more names in /etc/hosts of the pods'),
  log: z
    .strictObject({
      format: z
        .enum(['json', 'pretty'])
        .default('json')
        .describe('one line per event, as JSON or for people'),
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('the least that is logged'),
    })
    .prefault({})
    .describe('the log of the containers, on stderr'),
  extraEnv: z
    .array(environmentVariable)
    .default([])
    .describe('more environment variables, e.g. HTTPS_PROXY; tokens belong into `credentials`')
    .meta({ examples: [[{ name: 'HTTPS_PROXY', value: 'http://proxy.internal:3128' }]] }),
  extraVolumes: passedOnList.default([]).describe('more volumes, e.g. a CA that issuers are checked with'),
  extraVolumeMounts: passedOnList
    .default([])
    .describe('where they are mounted; one at /var/lib/keyrota replaces the state folder'),
}
