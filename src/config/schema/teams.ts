/* What the platform's config opens to teams that declare keys in namespaces of their own. */
import { z } from 'zod'
import { label, words } from './names.ts'

const patternText = 'expected the name of a namespace, or a pattern with `*` such as team-*'
const namespacePattern = z
  .string({ error: patternText })
  .regex(/^(?=[a-z0-9*])[a-z0-9*-]{0,62}[a-z0-9*]$/, patternText)

export const teamSchema = z.strictObject({
  namespaces: z
    .union([namespacePattern.transform((pattern) => [pattern]), z.array(namespacePattern).min(1).max(100)])
    .describe('namespaces whose ManagedKey objects count: names, or patterns with `*`'),
  environments: z.array(words).min(1).max(100).describe('environments that their keys may be of'),
  issuers: z.array(label).min(1).max(100).describe('issuers of this config that may create their keys'),
  stores: z
    .array(label)
    .min(1)
    .max(20)
    .describe('stores of this config, of type `kubernetes-secret`, that may hold their keys'),
  scopes: z
    .array(z.string().min(1).max(500))
    .max(100)
    .default([])
    .describe('scopes that their keys may ask for; none if not set'),
  maxKeys: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('keys that one namespace may declare; the oldest objects count'),
})

export const kubernetesSchema = z.strictObject({
  teams: z.array(teamSchema).max(100).default([]).describe('what is opened to which namespaces'),
})

export type RawKubernetes = z.output<typeof kubernetesSchema>
