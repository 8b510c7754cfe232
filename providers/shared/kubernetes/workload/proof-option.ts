import { z } from 'zod'
import { durationOption } from '../../options/duration.ts'

/* Where a pod tells the fingerprint of the key that it runs with. */

const annotation = z.strictObject({
  annotation: z
    .string()
    .max(317)
    .regex(
      /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
      'expected the name of an annotation',
    )
    .describe('annotation of each pod, set by the program that holds the key'),
})

const request = z
  .strictObject({
    path: z
      .string()
      .max(1024)
      .regex(/^\/[^\s?#]*$/, 'expected a path such as /health')
      .describe('path that each pod is asked for, at its own address'),
    port: z.int().min(1).max(65_535).describe('port of the pod'),
    header: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'expected the name of a header')
      .optional()
      .describe('header of the response with the fingerprint'),
    json: z
      .string()
      .regex(/^(\/([^~/]|~[01])*)+$/, 'expected a JSON Pointer such as /key/fingerprint')
      .optional()
      .describe('JSON Pointer (RFC 6901) to the fingerprint in the body of the response'),
    limit: durationOption('5s').describe('how long a pod may take to respond'),
  })
  .refine(({ header, json }) => (header === undefined) !== (json === undefined), {
    path: ['header'],
    error: 'expected one of `header` and `json`',
  })

export const proofOption = z
  .union([annotation, request])
  .optional()
  .describe(
    'where each pod tells the fingerprint of the key that it runs with: `annotation`, or `path`, `port` and one of `header` and `json`; no key is sent to it',
  )

export type Proof = z.output<typeof annotation> | z.output<typeof request>
