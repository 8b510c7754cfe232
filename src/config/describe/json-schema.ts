import { z } from 'zod'
import type { ProviderKind, ProviderList } from '../../contracts/provider-entry.ts'
import { rateLimitsSchema } from '../schema/rate-limits.ts'
import { configSchema } from '../schema/schema.ts'

/** The keywords of a JSON Schema (draft 2020-12) that are read here. */
export interface JsonSchema {
  [keyword: string]: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  description?: string
}

/** The schema of a config as it is written, before defaults and transformations. */
export function describeInput(schema: z.core.$ZodType): JsonSchema {
  const { $schema, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return described as JsonSchema
}

/**
 * The JSON Schema of a whole config with all providers of the list, for editors. It describes
 * the shape of a config; only loading one checks that names exist and that its parts fit together.
 */
export async function makeJsonSchema(providers: ProviderList): Promise<JsonSchema> {
  const { properties = {}, ...core } = describeInput(configSchema)
  const $defs: Record<string, JsonSchema> = {}
  for (const kind of [
    'issuers',
    'stores',
    'consumers',
    'notifiers',
    'meters',
    'receivers',
    'journals',
  ] as const) {
    for (const [type, entry] of Object.entries(providers[kind])) {
      const { options, summary } = await entry.options()
      $defs[`${kind}.${type}`] = describeSetting(kind, type, summary, describeInput(options))
    }
    const section = kind === 'journals' ? 'journal' : kind
    const { description, default: fallback, propertyNames } = properties[section] ?? {}
    const setting = referTo(providers, kind)
    properties[section] = {
      ...(description !== undefined && { description }),
      ...(fallback !== undefined && { default: fallback }),
      ...(kind === 'journals' ? setting : { type: 'object', propertyNames, additionalProperties: setting }),
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Keyrota config',
    ...core,
    properties,
    $defs,
  }
}

/** A provider's entry in the config: its own options, and the `type` that names it. */
function describeSetting(kind: ProviderKind, type: string, summary: string, options: JsonSchema): JsonSchema {
  if (options.type !== 'object')
    throw new TypeError(`the options of ${type} are not a map of fields, so there is no place for their type`)
  return {
    ...options,
    description: summary,
    properties: {
      type: { const: type, description: summary },
      ...(kind === 'issuers' || kind === 'stores' ? { rateLimits: describeInput(rateLimitsSchema) } : {}),
      ...options.properties,
    },
    required: ['type', ...(options.required ?? [])],
  }
}

function referTo(providers: ProviderList, kind: ProviderKind): JsonSchema {
  return { oneOf: Object.keys(providers[kind]).map((type) => ({ $ref: `#/$defs/${kind}.${type}` })) }
}
