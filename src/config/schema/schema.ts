import { z } from 'zod'
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from '../../contracts/duration.ts'
import { describeTemplateProblem } from '../../contracts/field-template.ts'
import { calendarSchema } from './calendars.ts'
import { labelsSchema, makeFleetSchema } from './fleet.ts'
import { label, words } from './names.ts'
import { makeHeartbeatSchema, ownersSchema, routesSchema } from './notify.ts'
import { kubernetesSchema } from './teams.ts'
import { usageSchema } from './usage.ts'

const durationText =
  'expected a duration: a whole number and one of ms, s, m, h, d, w, such as 30s, 24h or 90d'
function duration(least: 'zero' | 'positive') {
  return z
    .string({ error: durationText })
    .regex(DURATION_PATTERN, durationText)
    .transform(parseDurationMs)
    .refine((durationMs) => durationMs <= MAX_DURATION_MS, 'expected a duration of at most ten years')
    .refine((durationMs) => least === 'zero' || durationMs > 0, 'expected a duration greater than zero')
}

const window = z.strictObject({
  cron: z.string().describe('when the window opens: minute, hour, day, month, weekday'),
  for: duration('positive').describe('how long it stays open'),
  timeZone: z.string().default('UTC').describe('IANA name of the time zone the pattern is read in'),
})

/** Fields of both a key and `defaults`. One that neither sets has its value in {@link policyDefaults}. */
const policyFields = {
  every: duration('positive').describe('age at which a key is rotated'),
  overlap: duration('zero').describe('how long both keys are valid before the old one is revoked'),
  settle: duration('zero').describe(
    "how long a new key may still be refused before that is a verdict; counts where longer than the issuer's own",
  ),
  confirmations: z
    .int()
    .min(1)
    .max(100)
    .describe('how many times in a row a verdict must be the same before it counts'),
  quietFor: duration('positive').describe(
    'quiet time: how long until the consumers of an unproven target are assumed to have moved',
  ),
  askBefore: duration('zero').describe("how far in advance a person is asked for an operator's key"),
  remindEvery: duration('positive').describe(
    'how often that person is reminded, once half of the time is over',
  ),
  operatorDeadline: duration('positive').describe('how long a person has before the rotation is blocked'),
  callLimit: duration('positive').describe('how long one call to a provider may take'),
  lease: duration('positive').describe('how long a claim lasts without renewal; longer than `callLimit`'),
  readyLimit: duration('positive').describe('how long consumers may take to become ready after a restart'),
  giveUp: duration('positive').describe(
    'how long a step may go without progress before the rotation is blocked',
  ),
  afterCare: duration('zero').describe('how long targets are checked after a rotation has ended'),
  lookEvery: duration('zero').describe(
    'how often targets are read while nothing is due; `0s`: at each `run`. Spread by the name of the key',
  ),
  retryMin: duration('positive').describe('shortest pause between two attempts'),
  retryMax: duration('positive').describe('longest pause between two attempts'),
  allowOutage: z
    .boolean()
    .describe('accept that a `roll` issuer ends the old key when it creates the new one'),
  observe: z.boolean().describe('only observe: nothing is ever changed for this key'),
  exclusive: z.boolean().describe("nobody but this installation makes keys at the issuer's account"),
  expiresAfter: duration('positive').describe('lifetime to request for a new key'),
  window: window.describe('when rotations may start; at any time if not set'),
  blackouts: z
    .array(label)
    .max(20)
    .describe('names of calendars: while one of them is closed, no rotation starts by itself'),
  usage: usageSchema.describe('how the use of the key is watched; that of a key replaces that of `defaults`'),
}

export const policySchema = z.strictObject(policyFields).partial()

/** The built-in defaults, with durations as they would be written. */
export const policyDefaults = {
  every: '90d',
  overlap: '24h',
  confirmations: 3,
  askBefore: '7d',
  remindEvery: '24h',
  operatorDeadline: '7d',
  callLimit: '20s',
  lease: '60s',
  readyLimit: '5m',
  giveUp: '24h',
  afterCare: '24h',
  lookEvery: '6h',
  retryMin: '5s',
  retryMax: '15m',
  allowOutage: false,
  observe: false,
  exclusive: false,
} as const

const field = z.string().min(1).max(512)

export const targetSchema = z.strictObject({
  store: label.describe('name of a store'),
  secret: z
    .string()
    .min(1)
    .max(2048)
    .describe('name of the secret as the store spells it, or path of a file'),
  field: field
    .optional()
    .describe('field of the secret that holds the key; if not set, the whole secret is the key'),
  fields: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'expected the name of a part of the key'),
      field,
    )
    .optional()
    .describe('field of each part, for keys with several parts'),
  template: z
    .string()
    .max(1000)
    .superRefine((text, context) => {
      const problem = describeTemplateProblem(text)
      if (problem !== undefined)
        context.addIssue({ code: 'custom', message: `expected another text: ${problem}` })
    })
    .optional()
    .describe('text of the one field with the parts of the key in it, e.g. `{{ key }}:{{ secret }}`'),
})

export const keySchema = policySchema.extend({
  environment: words.describe('where the service runs, e.g. production'),
  service: words.describe('what uses the key'),
  owner: words.describe('who is responsible for it'),
  issuer: label.describe('name of an issuer'),
  targets: z.array(targetSchema).min(1).max(100).describe('places where the key is stored'),
  consumers: z.array(label).max(100).default([]).describe('names of the consumers that use the key'),
  first: z
    .boolean()
    .default(false)
    .describe(
      'create the first key when no target holds one; otherwise a person asks for it: `rotate --first`',
    ),
  scopes: z.array(z.string().min(1).max(500)).max(100).optional().describe('what a new key is allowed to do'),
  group: label.optional().describe('keys of one group never rotate at the same time'),
  labels: labelsSchema.optional().describe('what `rotate --label` chooses keys by, e.g. `vendor: acme`'),
})

const limits = z.strictObject({
  atOnce: z.int().min(1).max(1000).default(4).describe('rotations that run at the same time'),
  perRun: z.int().min(1).max(100_000).default(25).describe('rotations that one `run` may start'),
  perDay: z.int().min(1).max(100_000).default(100).describe('rotations that may start within 24 hours'),
})

/** A provider's entry. The provider's own schema checks its options. */
export const settingSchema = z.looseObject({ type: z.string({ error: 'expected the name of a provider' }) })
const settings = z.record(label, settingSchema)

/** The core's part of a config. */
export const configSchema = z.strictObject({
  installation: z
    .string({ error: 'expected 2 to 8 lower case letters and digits' })
    .regex(/^[a-z0-9]{2,8}$/, 'expected 2 to 8 lower case letters and digits')
    .describe('written once by `init`; part of every mark, so never change it'),
  issuers: settings.describe('services that create and revoke keys'),
  stores: settings.describe('where keys are stored'),
  consumers: settings.default({}).describe('workloads that use keys'),
  notifiers: settings.default({}).describe('who is notified of events'),
  routes: routesSchema
    .default([])
    .describe('which events go to which notifiers; every route that fits counts'),
  owners: ownersSchema.default({}).describe('by the `owner` of a key: whom its warnings and alarms go to'),
  heartbeat: makeHeartbeatSchema(duration('positive'))
    .optional()
    .describe('an address that is called while Keyrota works, so that its silence is noticed'),
  meters: settings.default({}).describe('what tells how much keys are used'),
  receivers: settings.default({}).describe('who may report leaked values to `serve`'),
  journal: settingSchema.default({ type: 'sqlite' }).describe('where rotations are recorded'),
  stateFolder: z
    .string()
    .min(1)
    .optional()
    .describe('folder of the journal, relative to the config; `KEYROTA_STATE` takes precedence'),
  defaults: policySchema.default({}).describe('policy of every key that does not set its own'),
  calendars: z
    .record(label, calendarSchema)
    .default({})
    .describe('dates on which no rotation starts by itself, for keys that name them in `blackouts`'),
  limits: limits.prefault({}).describe('how many rotations may run or start'),
  fleet: makeFleetSchema(duration('positive'))
    .prefault({})
    .describe('rotating many keys at once: `keyrota rotate --all` and the like'),
  kubernetes: kubernetesSchema.optional().describe('keys that teams declare in their own namespaces'),
  keys: z.record(label, keySchema).describe('the managed keys'),
})

export type RawKey = z.output<typeof keySchema>
export type RawFleet = z.output<typeof configSchema>['fleet']
export type RawTarget = z.output<typeof targetSchema>
export type RawNotify = Pick<z.output<typeof configSchema>, 'routes' | 'owners' | 'heartbeat'>
export type RawSetting = z.output<typeof settingSchema>

export type RawPolicy = z.output<typeof policySchema>

const always = z.strictObject(policyFields).omit({
  settle: true,
  quietFor: true,
  expiresAfter: true,
  window: true,
  blackouts: true,
  usage: true,
})

/** {@link policyDefaults} as the schema reads them: durations in milliseconds. */
export const defaultPolicy: Readonly<z.output<typeof always>> = always.parse(policyDefaults)
