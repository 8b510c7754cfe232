/*
 * Zod schemas as the structural schemas that CRDs take: no references, no unions, nothing that only JSON Schema knows.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { z } from 'zod'

export interface Structural {
  type: string
  description?: string
  properties?: Record<string, Structural>
  required?: string[]
  items?: Structural
  additionalProperties?: Structural
  'x-kubernetes-validations'?: Rule[]
  [keyword: string]: unknown
}

/** A rule in CEL, with what a person reads when it does not hold. */
export interface Rule {
  rule: string
  message: string
}

/** Keywords that mean the same in both; anything else that is not handled below is a mistake. */
const kept = [
  'type',
  'description',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'enum',
]
/** Bounds of JavaScript's numbers, which say nothing about the field. */
const wordless = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]

type Json = Record<string, unknown>

/** @throws TypeError for what no structural schema can say. */
export function makeStructural(schema: z.core.$ZodType): Structural {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const message = messageOf(zodSchema)
      if (jsonSchema.pattern !== undefined && message !== undefined) Object.assign(jsonSchema, { message })
    },
  })
  return convert(json as Json, '')
}

/** What the schema itself says when its pattern does not match. */
function messageOf(schema: z.core.$ZodType): string | undefined {
  for (const check of schema._zod.def.checks ?? []) {
    const { check: name, error } = check._zod.def as { check: string; error?: (issue: object) => unknown }
    const said = name === 'string_format' ? error?.({}) : undefined
    const message = typeof said === 'string' ? said : (said as { message?: string } | undefined)?.message
    if (message !== undefined) return message
  }
  return undefined
}

function convert(json: Json, path: string): Structural {
  const {
    $schema,
    properties,
    items,
    additionalProperties,
    propertyNames,
    pattern,
    message,
    required,
    ...plain
  } = json
  const result: Structural = { type: String(plain.type) }
  const rules: Rule[] = []
  for (const [keyword, value] of Object.entries(plain)) {
    if (wordless.includes(value as number)) continue
    if (!kept.includes(keyword)) throw new TypeError(`${path}: a CRD cannot say \`${keyword}\``)
    result[keyword] = value
  }
  if (typeof pattern === 'string') rules.push(matches('self', pattern, message))
  if (properties)
    result.properties = Object.fromEntries(
      Object.entries(properties as Record<string, Json>).map(([name, field]) => [
        name,
        convert(field, `${path}.${name}`),
      ]),
    )
  if (Array.isArray(required) && required.length > 0) result.required = required as string[]
  if (items) {
    result.items = convert(items as Json, `${path}[]`)
    result['x-kubernetes-list-type'] = 'atomic'
  }
  if (typeof additionalProperties === 'object') {
    result.additionalProperties = convert(additionalProperties as Json, `${path}{}`)
    const names = propertyNames as Json | undefined
    if (typeof names?.pattern === 'string') {
      const { rule, message: said } = matches('name', names.pattern, names.message)
      rules.push({ rule: `self.all(name, ${rule})`, message: said })
      // What a rule may cost is estimated by how long a map can be.
      result.maxProperties = 20
    }
  }
  if (rules.length > 0) result['x-kubernetes-validations'] = rules
  if (typeof pattern === 'string') result.maxLength ??= 100
  return result
}

/** As a rule and not as `pattern`: the API server shows the pattern alone, which tells nobody what to write. */
function matches(what: string, pattern: string, message: unknown): Rule {
  if (typeof message !== 'string') throw new TypeError(`the pattern ${pattern} has no message of its own`)
  return { rule: `${what}.matches(${JSON.stringify(pattern)})`, message }
}
