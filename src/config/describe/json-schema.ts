import { z } from 'zod'
import type { ProviderKind, ProviderList } from '../../contracts/provider-entry.ts'
import { configSchema } from '../schema/schema.ts'

/** As much of a JSON Schema (draft 2020-12) as is looked into here. */
export interface JsonSchema {
  [keyword: string]: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  description?: string
}

/** The schema of what is written, before defaults and transformations. */
export function describeInput(schema: z.core.$ZodType): JsonSchema {
  const { $schema, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return described as JsonSchema
}

/**
 * The JSON Schema of a whole config with all providers of the list, for editors. It says what a config may look like;
 * that names exist and things go together, only loading it can tell.
 */
export async function makeJsonSchema(providers: ProviderList): Promise<JsonSchema> {
  const { properties = {}, ...core } = describeInput(configSchema)
  const $defs: Record<string, JsonSchema> = {}
  for (const kind of ['issuers', 'stores', 'consumers', 'notifiers', 'journals'] as const) {
    for (const [type, entry] of Object.entries(providers[kind])) {
      const { options, summary } = await entry.options()
      $defs[`${kind}.${type}`] = describeSetting(type, summary, describeInput(options))
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

/** A provider's place in the config: its own options and the `type` that names it. */
function describeSetting(type: string, summary: string, options: JsonSchema): JsonSchema {
  if (options.type !== 'object')
    throw new TypeError(`the options of ${type} are not a map of fields, so no type can stand beside them`)
  return {
    ...options,
    description: summary,
    properties: { type: { const: type, description: summary }, ...options.properties },
    required: ['type', ...(options.required ?? [])],
  }
}

function referTo(providers: ProviderList, kind: ProviderKind): JsonSchema {
  return { oneOf: Object.keys(providers[kind]).map((type) => ({ $ref: `#/$defs/${kind}.${type}` })) }
}
