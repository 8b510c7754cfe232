/* Shapes of Kubernetes that the values of the chart are made of. */

import { z } from 'zod'

/** A DNS label: names of namespaces, credentials and environments of a release. */
export const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a DNS label')

/** Name of an object in Kubernetes. */
export const objectName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected the name of an object')

/** Empty: not set. Helm cannot take away a value of the chart except by another one. */
export const optionalName = z
  .string()
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)?$/, 'expected the name of an object')

export const texts = z.record(z.string().min(1), z.string())

/** An object that the chart passes on as it is; the API server checks its fields. */
export const passedOn = z.record(z.string(), z.unknown())

export const durationText = z
  .string()
  .regex(/^[1-9]\d{0,8}(s|m|h|d)$/, 'expected a duration such as 30s, 10m or 1h')

/** A part of the values with fields of its own; what is not set has its default. */
export function part<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape).prefault({} as never)
}

const quantity = z.union([z.string().regex(/^\d+(\.\d+)?([a-zA-Z]+)?$/), z.number().positive()])

export const resources = z.strictObject({
  requests: z.record(z.string(), quantity).optional(),
  limits: z.record(z.string(), quantity).optional(),
})

const seccompProfile = z.strictObject({
  type: z.enum(['RuntimeDefault', 'Localhost', 'Unconfined']),
  localhostProfile: z.string().optional(),
})
const appArmorProfile = seccompProfile
const identifier = z.int().min(0)
const seLinuxOptions = z.strictObject({
  level: z.string().optional(),
  role: z.string().optional(),
  type: z.string().optional(),
  user: z.string().optional(),
})

const user = {
  runAsNonRoot: z.boolean().optional(),
  runAsUser: identifier.optional(),
  runAsGroup: identifier.optional(),
  seccompProfile: seccompProfile.optional(),
  seLinuxOptions: seLinuxOptions.optional(),
  appArmorProfile: appArmorProfile.optional(),
}

export const podSecurityContext = z.strictObject({
  ...user,
  fsGroup: identifier.optional(),
  fsGroupChangePolicy: z.enum(['OnRootMismatch', 'Always']).optional(),
  supplementalGroups: z.array(identifier).optional(),
  supplementalGroupsPolicy: z.enum(['Merge', 'Strict']).optional(),
})

export const containerSecurityContext = z.strictObject({
  ...user,
  allowPrivilegeEscalation: z.boolean().optional(),
  privileged: z.literal(false).optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  capabilities: z
    .strictObject({ drop: z.array(z.string()).optional(), add: z.array(z.string()).optional() })
    .optional(),
})

const noWildcard = z
  .string()
  .regex(/^[^*]*$/, 'expected a name: wildcards grant more than anybody has looked at')

export const policyRule = z.strictObject({
  apiGroups: z.array(noWildcard).min(1),
  resources: z.array(noWildcard.min(1)).min(1),
  resourceNames: z.array(objectName).min(1).optional(),
  verbs: z.array(noWildcard.min(1)).min(1),
})

const port = z.int().min(1).max(65_535)
const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, 'expected a CIDR such as 10.0.0.0/8')

export const ports = z.array(port).min(1).max(100)
export const cidrs = z.array(cidr).max(100)

export const egress = z.strictObject({
  cidr: cidr.describe('addresses that may be reached'),
  except: cidrs.optional().describe('addresses in it that may not'),
  ports: ports.optional().describe('TCP ports; any if not set'),
})

export const environmentVariable = z.strictObject({
  name: z.string().min(1),
  value: z.string().optional(),
  valueFrom: passedOn.optional(),
})

/** A list of objects that the chart passes on. */
export const passedOnList = z.array(passedOn).max(1000)
