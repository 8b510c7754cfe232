import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { makeStructural, type Structural } from '../../../../.ci/structural-schema.ts'
import { managedKeySpecSchema } from '../../../../src/config/schema/managed-key-spec.ts'
import { readCustomResource } from '../../../shared/stand-ins/kubernetes/journal-fixture.ts'

const [version] = parse(readCustomResource()).spec.versions
const { spec, status } = version.schema.openAPIV3Schema.properties as Record<string, Structural>

function walk(schema: Structural, path: string, visit: (schema: Structural, path: string) => void): void {
  visit(schema, path)
  for (const [name, field] of Object.entries(schema.properties ?? {})) walk(field, `${path}.${name}`, visit)
  if (schema.items) walk(schema.items, `${path}[]`, visit)
  if (schema.additionalProperties) walk(schema.additionalProperties, `${path}{}`, visit)
}

describe('the CustomResourceDefinition', () => {
  test('has every field of the config schema, each with its description, and no other', () => {
    expect(Object.keys(spec?.properties ?? {}).sort()).toEqual(Object.keys(managedKeySpecSchema.shape).sort())
    for (const [name, field] of Object.entries(spec?.properties ?? {}))
      expect(field.description, name).toMatch(/\w/)
  })

  test('has a type in every place, a bound for all that a rule reads, and a message for each rule', () => {
    walk(spec as Structural, 'spec', (schema, path) => {
      expect(schema.type, path).toMatch(/^(object|array|string|integer|boolean)$/)
      expect(schema.pattern, path).toBeUndefined()
      if (schema.type === 'array') expect(schema.maxItems, path).toBeGreaterThan(0)
      for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
        expect(message, path).toMatch(/\w/)
        if (rule.startsWith('self.matches')) expect(schema.maxLength, path).toBeGreaterThan(0)
      }
    })
  })

  test('requires nothing of a status, so that an older one never refuses a commit', () => {
    walk(status as Structural, 'status', (schema, path) => {
      expect(schema.required, path).toEqual(path === 'status.conditions[]' ? ['type'] : undefined)
      expect(schema['x-kubernetes-validations'], path).toBeUndefined()
    })
  })
})

describe('a structural schema', () => {
  test('is refused for what a CRD cannot say, with the place', () => {
    const union = z.strictObject({ inner: z.union([z.string(), z.strictObject({})]) })
    expect(() => makeStructural(union)).toThrow(/\.inner: a CRD cannot say/)
  })

  test('is refused for a pattern that would tell nobody what to write', () => {
    expect(() => makeStructural(z.strictObject({ name: z.string().regex(/^a/) }))).toThrow(/no message/)
  })

  test('takes the message and the pattern as a rule, and leaves out what only numbers of JavaScript mean', () => {
    const schema = z.strictObject({
      name: z.string().regex(/^\d"$/, 'expected a digit'),
      count: z.int().min(1),
    })
    expect(makeStructural(schema).properties).toEqual({
      name: {
        type: 'string',
        maxLength: 100,
        'x-kubernetes-validations': [{ rule: 'self.matches("^\\\\d\\"$")', message: 'expected a digit' }],
      },
      count: { type: 'integer', minimum: 1 },
    })
  })
})
