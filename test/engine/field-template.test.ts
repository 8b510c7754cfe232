/* Several parts of a key in one field, written and read back by the same template. */

import { describe, expect, test } from 'vitest'
import {
  describeTemplateProblem,
  fillFieldTemplate,
  partsOfTemplate,
  splitFieldTemplate,
} from '../../src/contracts/field-template.ts'
import { material, SecretValue } from '../../src/contracts/secret-value.ts'
import { makeRig } from './harness.ts'

describe('a template', () => {
  test.each<[string, Record<string, string>, string]>([
    ['{{ key }}:{{ secret }}', { key: 'k-1', secret: 's-1' }, 'k-1:s-1'],
    ['{{key}}{x}{{ secret }};', { key: 'k', secret: 's' }, 'k{x}s;'],
    ['Bearer {{ value }}', { value: 'abc' }, 'Bearer abc'],
    [
      '{"user": "{{ key }}", "$1": "{{ secret }}"}',
      { key: '$&', secret: '$1' },
      '{"user": "$&", "$1": "$1"}',
    ],
    ['{{ key }}:{{ secret }}', { key: 'k', secret: 'with:colons:' }, 'k:with:colons:'],
  ])('%s is filled and read back', (template, parts, text) => {
    expect(describeTemplateProblem(template)).toBeUndefined()
    const filled = fillFieldTemplate(template, material(parts))
    expect(filled?.expose()).toBe(text)
    const back = splitFieldTemplate(template, new SecretValue(text)) ?? {}
    expect(Object.fromEntries(Object.entries(back).map(([part, value]) => [part, value.expose()]))).toEqual(
      parts,
    )
  })

  test('that could not be read back is not filled', () => {
    const template = '{{ key }}:{{ secret }}'
    expect(fillFieldTemplate(template, material({ key: 'a:b', secret: 'c' }))).toBeNull()
    expect(fillFieldTemplate(template, material({ key: 'a' }))).toBeNull()
    expect(fillFieldTemplate(template, material({ key: 'a', secret: '' }))).toBeNull()
    expect(fillFieldTemplate(template, material({ key: 'a', secret: 'b', other: 'c' }))).toBeNull()
  })

  test('a text of another form has no parts', () => {
    expect(splitFieldTemplate('{{ key }}:{{ secret }}', new SecretValue('no colon'))).toBeNull()
    expect(splitFieldTemplate('Bearer {{ value }}', new SecretValue('Basic abc'))).toBeNull()
  })

  test.each(['plain', '{{ key }}{{ secret }}', '{{ key }}:{{ key }}', '{{ key | upcase }}', '{{ a }} {{ b'])(
    '%s is refused',
    (template) => {
      expect(describeTemplateProblem(template)).toMatch(/^a template /)
    },
  )

  test('names its parts', () => {
    expect(partsOfTemplate('{{ key }}:{{ secret }}')).toEqual(['key', 'secret'])
  })
})

/** A rig whose one target holds both parts of the key in one field. */
function makeTemplateRig(template: string) {
  const rig = makeRig({ issuer: { parts: ['key', 'secret'] }, empty: true })
  const [target] = rig.key.targets
  if (!target) throw new Error('no target')
  Object.assign(target, { template })
  const old = rig.space.addKey({ name: 'first', parts: ['key', 'secret'] })
  const text = fillFieldTemplate(template, old.material)?.expose() ?? ''
  rig.write(0, text)
  const held = () => (rig.secrets.contentOf('app-0') as Record<string, string>).KEY ?? ''
  return { rig, old, text, held }
}

test('a key of two parts is rotated in one field', async () => {
  const { rig, old, text, held } = makeTemplateRig('{{ key }}:{{ secret }}')
  await rig.rotate()
  expect((await rig.record()).last?.end).toBe('completed')
  expect(held()).not.toBe(text)
  const back = splitFieldTemplate('{{ key }}:{{ secret }}', new SecretValue(held())) ?? {}
  expect(rig.space.accepts(back)).toBe(true)
  expect(rig.space.accepts(old.material)).toBe(false)
})

test('a field of another form blocks before anything is made, and keeps its text', async () => {
  const { rig, held } = makeTemplateRig('{{ key }}:{{ secret }}')
  rig.write(0, 'somebody-wrote-another-form-here')
  await rig.rotate()
  expect((await rig.rotation()).hold?.detail).toContain('does not have the form')
  expect(rig.space.calls.issue).toBeUndefined()
  expect(held()).toBe('somebody-wrote-another-form-here')
})
