import { describe, expect, it } from 'vitest'
import { type JsonSchema, makeJsonSchema } from '../../src/config/describe/json-schema.ts'
import { tinyProviders } from './tiny-providers.ts'

const schema = await makeJsonSchema(tinyProviders)
const definitions = schema.$defs as Record<string, JsonSchema>

describe('the JSON Schema of a config', () => {
  it('has a definition for each provider, selected by its type', () => {
    expect(Object.keys(definitions)).toContain('stores.cloud')
    expect(definitions['stores.cloud']).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['type'],
      properties: { type: { const: 'cloud' }, region: { type: 'string', default: 'near' } },
    })
    expect(schema.properties?.stores?.additionalProperties).toEqual({
      oneOf: [{ $ref: '#/$defs/stores.cloud' }, { $ref: '#/$defs/stores.file' }],
    })
    expect(schema.properties?.journal?.oneOf).toEqual([{ $ref: '#/$defs/journals.sqlite' }])
  })

  it('takes what is written, not what it is read as', () => {
    const keys = schema.properties?.keys as { additionalProperties: JsonSchema }
    const key = keys.additionalProperties.properties
    expect(key?.every).toMatchObject({ type: 'string', pattern: expect.stringContaining('ms|s|m|h|d|w') })
    expect(key?.every?.description).toBe('age at which a key is rotated')
  })

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(
      ([, name]) => name,
    )
    expect(references.length).toBeGreaterThan(0)
    expect(references.filter((name) => !Object.hasOwn(definitions, name ?? ''))).toEqual([])
  })
})
