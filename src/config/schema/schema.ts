import { z } from 'zod'
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from '../../contracts/duration.ts'

const durationText =
  'expected a duration: a whole number and one of ms, s, m, h, d, w, such as 30s, 24h or 90d'
const labelText =
  'expected lower case letters, digits and dashes, at most 63, beginning and ending with a letter or digit'

/** A DNS label: the names of keys and of everything keys refer to. */
const label = z.string({ error: labelText }).regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, labelText)
const words = z
  .string()
  .regex(
    /^(?=.{1,100}$)[^\s\p{Cc}]+(?: [^\s\p{Cc}]+)*$/u,
    'expected words of at most 100 characters together, with single spaces between them',
  )

function duration(least: 'zero' | 'positive') {
  return z
    .string({ error: durationText })
    .regex(DURATION_PATTERN, durationText)
    .transform(parseDurationMs)
    .refine((durationMs) => durationMs <= MAX_DURATION_MS, 'expected a duration of ten years at most')
    .refine((durationMs) => least === 'zero' || durationMs > 0, 'expected a duration longer than nothing')
}

const window = z.strictObject({
  cron: z.string().describe('when the window opens: minute, hour, day, month, weekday'),
  for: duration('positive').describe('how long it stays open'),
  timeZone: z.string().default('UTC').describe('IANA name of the time zone the pattern is read in'),
})

/** What both a key and `defaults` may say; what neither says has the default of {@link policyDefaults}. */
const policyFields = {
  every: duration('positive').describe('age at which a key is replaced'),
  overlap: duration('zero').describe('how long old and new key both live before the old one is revoked'),
  settle: duration('zero').describe(
    "how long a new key may still be refused before that is a verdict; counts where longer than the issuer's own",
  ),
  confirmations: z.int().min(1).max(100).describe('times in a row a verdict must come before it counts'),
  quietFor: duration('positive').describe(
    'time after which the consumers of an unproven target count as moved; recorded as assumed',
  ),
  askBefore: duration('zero').describe("how long ahead a person is asked for an operator's key"),
  remindEvery: duration('positive').describe('how often a person who was asked is reminded'),
  operatorDeadline: duration('positive').describe('how long a person has before the rotation stands blocked'),
  callLimit: duration('positive').describe('how long one call of a provider may take'),
  lease: duration('positive').describe('how long a claim holds without renewal; longer than `callLimit`'),
  readyLimit: duration('positive').describe('how long consumers may take to become ready after a restart'),
  giveUp: duration('positive').describe(
    'how long a step may get no further before the rotation stands blocked',
  ),
  afterCare: duration('zero').describe('how long targets are read again after the end of a rotation'),
  retryMin: duration('positive').describe('shortest pause between two tries'),
  retryMax: duration('positive').describe('longest pause between two tries'),
  allowOutage: z
    .boolean()
    .describe('accept that the old key of a `roll` issuer dies when the new one is made'),
  observe: z.boolean().describe('only look: nothing of the key is ever changed'),
  exclusive: z.boolean().describe("nobody but this installation makes keys at the issuer's account"),
  expiresAfter: duration('positive').describe('how long a new key is asked to live at the issuer'),
  window: window.describe('when rotations may start; without it, at any time'),
}

export const policySchema = z.strictObject(policyFields).partial()

/** What a config says when it says nothing. Durations as they would be written. */
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
    .describe("the secret's name in the store's own grammar, or a file's path"),
  field: field
    .optional()
    .describe('field of the secret that carries the key; without it the whole secret is the key'),
  fields: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'expected the name of a part of the key'),
      field,
    )
    .optional()
    .describe('field for each part, for keys of several parts'),
})

export const keySchema = policySchema.extend({
  environment: words.describe('where the service runs, e.g. production'),
  service: words.describe('what uses the key'),
  owner: words.describe('who answers for it'),
  issuer: label.describe('name of an issuer'),
  targets: z.array(targetSchema).min(1).max(100).describe('places that hold the key'),
  consumers: z.array(label).max(100).default([]).describe('names of the consumers that use the key'),
  scopes: z.array(z.string().min(1).max(500)).max(100).optional().describe('what a new key is allowed to do'),
  group: label.optional().describe('keys of one group never rotate at the same time'),
})

const limits = z.strictObject({
  atOnce: z.int().min(1).max(1000).default(4).describe('rotations that run at the same time'),
  perRun: z.int().min(1).max(100_000).default(25).describe('rotations that one `run` starts'),
  perDay: z.int().min(1).max(100_000).default(100).describe('rotations started within 24 hours'),
})

/** A provider's place; its own options are checked by the provider's schema. */
export const settingSchema = z.looseObject({ type: z.string({ error: 'expected the name of a provider' }) })
const settings = z.record(label, settingSchema)

/** The core's part of a config. */
export const configSchema = z.strictObject({
  installation: z
    .string({ error: 'expected 2 to 8 lower case letters and digits' })
    .regex(/^[a-z0-9]{2,8}$/, 'expected 2 to 8 lower case letters and digits')
    .describe('written once by `init`; stands in every mark, so never change it'),
  issuers: settings.describe('services that make and revoke keys'),
  stores: settings.describe('where keys are kept'),
  consumers: settings.default({}).describe('workloads that use keys'),
  notifiers: settings.default({}).describe('who hears what happens'),
  journal: settingSchema.default({ type: 'sqlite' }).describe('where rotations are recorded'),
  stateFolder: z
    .string()
    .min(1)
    .optional()
    .describe('folder of the journal, from the place of the config; `KEYROTA_STATE` goes before it'),
  defaults: policySchema.default({}).describe('policy of every key that does not say otherwise'),
  limits: limits.prefault({}).describe('how much may happen at a time'),
  keys: z.record(label, keySchema).describe('the managed keys'),
})

export type RawKey = z.output<typeof keySchema>
export type RawTarget = z.output<typeof targetSchema>
export type RawSetting = z.output<typeof settingSchema>

export type RawPolicy = z.output<typeof policySchema>

const always = z
  .strictObject(policyFields)
  .omit({ settle: true, quietFor: true, expiresAfter: true, window: true })

/** {@link policyDefaults} as the schema reads them: durations in milliseconds. */
export const defaultPolicy: Readonly<z.output<typeof always>> = always.parse(policyDefaults)
