import { calendarSchema } from '../schema/calendars.ts'
import { ownerSchema, routeSchema } from '../schema/notify.ts'
import { configSchema, keySchema, policyDefaults, policySchema, targetSchema } from '../schema/schema.ts'
import { teamSchema } from '../schema/teams.ts'
import { usageSchema } from '../schema/usage.ts'
import { describeInput, type JsonSchema } from './json-schema.ts'
import { makeOptionsTable } from './options-table.ts'

/** The tables of the config reference, in Markdown. */
export function makeConfigReference(): string {
  const policy = describeInput(policySchema)
  const policyFields = addDefaults(policy.properties ?? {})
  const top = describeInput(configSchema)
  const key = omit(describeInput(keySchema), Object.keys(policyFields))
  return [
    makeOptionsTable(flatten(top, ['limits'])),
    '### A key\n',
    makeOptionsTable(flatten(key, [])),
    '### A target\n',
    makeOptionsTable(describeInput(targetSchema)),
    '### In `defaults` or in a key\n',
    makeOptionsTable(flatten({ properties: policyFields }, ['window'])),
    '### `usage` of a key\n',
    makeOptionsTable(describeInput(usageSchema)),
    '### An entry of `routes`\n',
    makeOptionsTable(describeInput(routeSchema)),
    '### An entry of `owners`\n',
    makeOptionsTable(describeInput(ownerSchema)),
    '### `heartbeat`\n',
    makeOptionsTable(describeInput(configSchema.shape.heartbeat.unwrap())),
    '### An entry of `calendars`\n',
    makeOptionsTable(describeInput(calendarSchema)),
    '### `fleet`\n',
    makeOptionsTable(describeInput(configSchema.shape.fleet)),
    '### An entry of `kubernetes.teams`\n',
    makeOptionsTable(describeInput(teamSchema)),
  ].join('\n')
}

/** The fields with their built-in defaults. */
function addDefaults(fields: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const defaults: Readonly<Record<string, unknown>> = policyDefaults
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, default: defaults[name] }]),
  )
}

function omit(schema: JsonSchema, names: readonly string[]): JsonSchema {
  const kept = Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name))
  return { ...schema, properties: Object.fromEntries(kept) }
}

/** The fields without the ones inside them, which have tables of their own. `kept` keeps its inner fields. */
function flatten(schema: JsonSchema, but: readonly string[]): JsonSchema {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    name,
    but.includes(name) ? field : flattenField(field),
  ])
  return { ...schema, properties: Object.fromEntries(fields) }
}

function flattenField(field: JsonSchema): JsonSchema {
  const { properties, additionalProperties, ...plain } = field
  const isList = typeof plain.items === 'object' && 'properties' in (plain.items ?? {})
  if (isList) return { ...plain, items: { type: 'object' } }
  const isMap = typeof additionalProperties === 'object' && additionalProperties.properties !== undefined
  return isMap ? { ...plain, additionalProperties: { type: 'object' } } : plain
}
