import { resolve } from 'node:path'
import type { z } from 'zod'
import { configPaths, markBareWord } from '../../contracts/config-path.ts'
import { schemasAt } from '../schema/schema-walk.ts'
import type { Path } from '../text/path.ts'

/** The options with each path in them made absolute. The schema says which texts are paths. */
export function resolvePaths(schema: z.core.$ZodType, options: unknown, folder: string): unknown {
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string')
      return schemasAt(schema, path).some((one) => configPaths.has(one))
        ? resolveConfigPath(folder, value)
        : value
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, walk(item, [...path, name])]),
    )
  }
  return walk(options, [])
}

export function resolveConfigPath(folder: string, text: string): string {
  return markBareWord(folder, text) ?? resolve(folder, text)
}
