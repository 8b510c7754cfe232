/*
 * Several parts of a key in one field of a secret, or one part with text around it: `{{ key }}:{{ secret }}`,
 * `Bearer {{ value }}`. What is written is read back by the same template.
 */

import { type Material, SecretValue } from './secret-value.ts'

const output = /\{\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}\}/g

/** Returns the parts that a template names, in order. */
export function partsOfTemplate(template: string): string[] {
  return [...template.matchAll(output)].map(([, part = '']) => part)
}

/** What is wrong with a template; undefined when it can be filled and read back. */
export function describeTemplateProblem(template: string): string | undefined {
  const parts = partsOfTemplate(template)
  const texts = template.split(output).filter((_, index) => index % 2 === 0)
  if (parts.length === 0) return 'a template names at least one part, e.g. {{ value }}'
  if (new Set(parts).size < parts.length) return 'a template names each part once'
  if (texts.some((text) => text.includes('{{') || text.includes('}}')))
    return 'a template holds names of parts alone in {{ }}'
  if (texts.slice(1, -1).includes('')) return 'a template has text between two parts, which tells them apart'
  return undefined
}

/**
 * Returns the text of a field with these parts.
 * @returns null if it could not be read back: a part has no place in it, or contains the text between two parts.
 */
export function fillFieldTemplate(template: string, material: Material): SecretValue | null {
  const parts = partsOfTemplate(template)
  if (parts.toSorted().join() !== Object.keys(material).sort().join()) return null
  const filled = new SecretValue(
    template.replace(output, (_, part: string) => material[part]?.expose() ?? ''),
  )
  const back = splitFieldTemplate(template, filled)
  const isSame = parts.every((part) => back?.[part]?.expose() === material[part]?.expose())
  return isSame ? filled : null
}

/** Returns the parts in the text of a field, or null if it does not have the form of the template. */
export function splitFieldTemplate(template: string, field: SecretValue): Material | null {
  const parts = partsOfTemplate(template)
  const texts = template.split(output).filter((_, index) => index % 2 === 0)
  const escaped = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
  const found = new RegExp(`^${escaped.join('([\\s\\S]+?)')}$`).exec(field.expose())
  if (found === null) return null
  return Object.fromEntries(parts.map((part, index) => [part, new SecretValue(found[index + 1] ?? '')]))
}
