/* The options as the checks across fields read them. */

import type { z } from 'zod'
import type { AuthOptions, lifecycleFields, operations, variables } from './schema-operations.ts'

export type Operations = z.output<z.ZodObject<typeof operations & typeof lifecycleFields>>

/** The part of the options that the checks read. */
export interface Checked extends Operations {
  base?: string | undefined
  hosts?: string[] | undefined
  vars: z.output<typeof variables>
  auth: { management?: AuthOptions | undefined; probe?: AuthOptions | undefined }
  lifecycle: 'many' | 'slots' | 'roll' | 'self' | 'operator'
  publicParts: string[]
  oldKeyOnIssue?: unknown
  idempotency?: unknown
  exclusive: boolean
}

export type Path = (string | number)[]

export interface IssueSink {
  addIssue(issue: { code: 'custom'; path: Path; message: string }): void
}

export type Report = (path: Path, message: string) => void

/** A described request. */
export type OperationName = keyof z.output<z.ZodObject<typeof operations>>

/** Operations about one key: by its id, its name or its value. */
export const withKey: readonly OperationName[] = ['revoke', 'disable', 'enable']
/** Operations that show the key itself. */
export const withValue: readonly OperationName[] = ['probe', 'whoami']
