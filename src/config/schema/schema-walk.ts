import { z } from 'zod'
import type { Path } from '../text/path.ts'

/** The schemas for a value at this place; several if the path leads through a union. */
export function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  let found = unfold(schema)
  for (const step of path) found = found.flatMap((one) => unfoldAll(stepInto(one, step)))
  return found
}

/** The names of the fields in these schemas. */
export function fieldNames(schemas: readonly z.core.$ZodType[]): string[] {
  return schemas.flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []))
}

/** The description of the field at this place. */
export function describeField(schema: z.core.$ZodType, path: Path): string | undefined {
  const last = path.at(-1)
  if (last === undefined) return undefined
  for (const parent of schemasAt(schema, path.slice(0, -1))) {
    for (let field = stepInto(parent, last); field !== undefined; field = innerOf(field)) {
      const description = z.globalRegistry.get(field)?.description
      if (description !== undefined) return description
    }
  }
  return undefined
}

function stepInto(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    return Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined
  }
  if (schema instanceof z.ZodRecord) return schema.def.valueType
  return schema instanceof z.ZodArray ? schema.def.element : undefined
}

/** The schema inside one that adds a default or a transformation, or makes it optional. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.def.in
  if (schema instanceof z.ZodLazy) return schema.def.getter()
  const { def } = schema._zod
  return 'innerType' in def && def.innerType instanceof z.ZodType ? def.innerType : undefined
}

function unfoldAll(schema: z.core.$ZodType | undefined): z.core.$ZodType[] {
  return schema === undefined ? [] : unfold(schema)
}

/** Unwraps schemas and splits unions. */
function unfold(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(unfold)
  const inner = innerOf(schema)
  return inner === undefined ? [schema] : unfold(inner)
}
