/*
 * The `spec` of a ManagedKey object in Kubernetes: the fields of a key of the config, and the workloads that use it. Its
 * patterns are written for both regular expression engines that read them, ours and the API server's.
 */
import { z } from 'zod'
import { keySchema, policyDefaults } from './schema.ts'

const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const

const objectNameText = 'expected lower case letters, digits, `-` and `.`, as Kubernetes names objects'
/** How Kubernetes names objects such as Secrets and workloads. */
export const objectNamePattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const objectName = z
  .string({ error: objectNameText })
  .max(253, objectNameText)
  .regex(objectNamePattern, objectNameText)

const workloadSchema = z.strictObject({
  kind: z.enum(WORKLOAD_KINDS).describe('kind of the workload'),
  name: objectName.describe('name of the workload, in the namespace of this object'),
})

/** The spec as it is read: durations become milliseconds, what is left out gets its default. */
// Which meters are asked, and what follows, is the platform's: a policy may rotate keys.
export const managedKeySchema = keySchema.omit({ usage: true }).extend({
  workloads: z
    .array(workloadSchema)
    .max(20)
    .default([])
    .describe('workloads of this namespace that use the key; they are restarted and waited for'),
})

export type RawManagedKey = z.output<typeof managedKeySchema>

/** The spec as it is written, for the CRD: durations stay text, and nothing has a default that would hide the config's. */
export const managedKeySpecSchema: z.ZodObject = withForms(toObject(asWritten(managedKeySchema)))

/** `kubectl explain` shows nothing but the description: it says how a duration is written, and what holds without one. */
function withForms(schema: z.ZodObject): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    const description = descriptionOf(field)
    const form = isDuration(field) ? ['a duration such as 30s, 24h or 90d'] : []
    const known: unknown = Object(policyDefaults)[name]
    const without = known === undefined ? [] : [`default: that of the platform, else ${String(known)}`]
    const more = [...form, ...without].join('; ')
    const isField = field instanceof z.ZodType
    return [name, isField && more !== '' ? field.describe(`${description} (${more})`) : field] as const
  })
  return schema.clone({ ...schema.def, shape: Object.fromEntries(fields) })
}

function descriptionOf(schema: z.core.$ZodType): string {
  const said = z.globalRegistry.get(schema)?.description
  if (said !== undefined) return said
  return schema instanceof z.ZodOptional ? descriptionOf(schema.def.innerType) : ''
}

function isDuration(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodOptional) return isDuration(schema.def.innerType)
  return schema instanceof z.ZodString && schema.safeParse('30s').success && !schema.safeParse('x').success
}

/** The same schema without what changes a value: transformations and defaults. */
function asWritten(schema: z.core.$ZodType): z.core.$ZodType {
  const written = dropChanges(schema)
  const description = z.globalRegistry.get(schema)?.description
  if (description === undefined || !(written instanceof z.ZodType)) return written
  return written.describe(description)
}

function dropChanges(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return asWritten(schema.def.in)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return z.optional(asWritten(schema.def.innerType))
  if (schema instanceof z.ZodArray)
    return schema.clone({ ...schema.def, element: asWritten(schema.def.element) })
  if (!(schema instanceof z.ZodObject)) return schema
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, asWritten(field)] as const)
  return z.strictObject(Object.fromEntries(fields))
}

function toObject(schema: z.core.$ZodType): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema
  throw new TypeError('the spec of a ManagedKey is no map of fields')
}
