import type { z } from 'zod'
import { calendarSchema, type RawCalendar } from './calendars.ts'
import { ownerSchema, type RawOwner, type RawRoute, routeSchema } from './notify.ts'
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
import type { RawKubernetes } from './teams.ts'

/** The valid parts of a key. An invalid target leaves a hole, so that positions stay the same. */
export type SoundKey = { readonly [K in Exclude<keyof RawKey, 'targets'>]?: RawKey[K] | undefined } & {
  readonly targets?: readonly (RawTarget | undefined)[] | undefined
}

type Named<T> = Readonly<Record<string, T>>

/** The valid parts of a config; a valid config is one of these too. */
export interface SoundConfig {
  readonly issuers: Named<RawSetting>
  readonly stores: Named<RawSetting>
  readonly consumers: Named<RawSetting>
  readonly notifiers: Named<RawSetting>
  readonly meters: Named<RawSetting>
  readonly receivers: Named<RawSetting>
  readonly journal?: RawSetting | undefined
  readonly kubernetes?: RawKubernetes | undefined
  readonly calendars: Named<RawCalendar>
  readonly routes: readonly (RawRoute | undefined)[]
  readonly owners: Named<RawOwner>
  readonly defaults: RawPolicy
  readonly keys: Named<SoundKey>
}

/**
 * Reads the valid parts of an invalid config, so that the checks of several parts together can still run and everything
 * is reported at once. Whatever is left out here has been reported already.
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
    meters: settingsOf('meters'),
    receivers: settingsOf('receivers'),
    journal: readWhole(configSchema.shape.journal, given.journal),
    kubernetes: readWhole(configSchema.shape.kubernetes, given.kubernetes),
    calendars: readEntries(given.calendars, (entry) => readWhole(calendarSchema, entry)),
    // A route with a mistake leaves a hole, so that positions stay the same.
    routes: Array.isArray(given.routes) ? given.routes.map((route) => readWhole(routeSchema, route)) : [],
    owners: readEntries(given.owners, (owner) => readWhole(ownerSchema, owner)),
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
