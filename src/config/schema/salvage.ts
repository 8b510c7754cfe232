import type { z } from 'zod'
import {
  configSchema,
  keySchema,
  policySchema,
  type RawKey,
  type RawPolicy,
  type RawSetting,
  type RawTarget,
  settingSchema,
  targetSchema,
} from './schema.ts'

/** A key of which only what is right by itself is there; a wrong target leaves a hole, so that positions stay. */
export type SoundKey = { readonly [K in Exclude<keyof RawKey, 'targets'>]?: RawKey[K] | undefined } & {
  readonly targets?: readonly (RawTarget | undefined)[] | undefined
}

type Named<T> = Readonly<Record<string, T>>

/** What is right by itself of a config, whole or not; a whole config is one of these. */
export interface SoundConfig {
  readonly issuers: Named<RawSetting>
  readonly stores: Named<RawSetting>
  readonly consumers: Named<RawSetting>
  readonly notifiers: Named<RawSetting>
  readonly journal?: RawSetting | undefined
  readonly defaults: RawPolicy
  readonly keys: Named<SoundKey>
}

/**
 * What can be read of a config that as a whole is wrong, so that the checks which need several of its parts go on and
 * everything is told at once. What is left out here was found wrong before.
 */
export function salvage(data: unknown): SoundConfig {
  const given = toRecord(data)
  const settingsOf = (section: string) =>
    readEntries(given[section], (entry) => readWhole(settingSchema, entry))
  return {
    issuers: settingsOf('issuers'),
    stores: settingsOf('stores'),
    consumers: settingsOf('consumers'),
    notifiers: settingsOf('notifiers'),
    journal: readWhole(configSchema.shape.journal, given.journal),
    defaults: readFields(policySchema, given.defaults),
    keys: readEntries(given.keys, salvageKey),
  }
}

function salvageKey(data: unknown): SoundKey {
  const { targets, ...given } = toRecord(data)
  const fields = readFields(keySchema.omit({ targets: true }), given)
  if (!Array.isArray(targets)) return fields
  return { ...fields, targets: targets.map((target) => readWhole(targetSchema, target)) }
}

function readEntries<T>(data: unknown, read: (entry: unknown) => T | undefined): Record<string, T> {
  const found: Record<string, T> = {}
  for (const [name, entry] of Object.entries(toRecord(data))) {
    const value = read(entry)
    if (value !== undefined) found[name] = value
  }
  return found
}

function readFields<S extends z.ZodObject>(schema: S, data: unknown): Partial<z.output<S>> {
  const given = toRecord(data)
  const fields = Object.entries(schema.shape).map(([name, field]) => [
    name,
    readWhole(field as z.ZodType, given[name]),
  ])
  return Object.fromEntries(fields)
}

function readWhole<T>(schema: z.ZodType<T>, data: unknown): T | undefined {
  const read = schema.safeParse(data)
  return read.success ? read.data : undefined
}

function toRecord(data: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof data === 'object' && data !== null && !Array.isArray(data)
  return isRecord ? (data as Record<string, unknown>) : {}
}
