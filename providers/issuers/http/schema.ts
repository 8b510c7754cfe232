/*
 * The schemas that the options are made of. Each checks one field; what involves several fields (variables of a template,
 * hosts, secrets in URLs) is checked in `checks.ts`.
 */

import { z } from 'zod'
import { jsonPath } from '../../shared/http/json-path.ts'

const aStatus = 'expected a status such as 404, or a class such as 4xx'
const status = z.union([z.int().min(100, aStatus).max(599, aStatus), z.string().regex(/^[1-5]xx$/)], {
  error: aStatus,
})
export const statuses = z.union([status, z.array(status).min(1).max(20)], {
  error: 'expected a status such as 404, a class such as 4xx, or a list of these',
})
export type Statuses = z.output<typeof statuses>

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'expected text, a number, true, false or null',
})

export const template = z.string().max(10_000)
export const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header')

const bodyTest = {
  path: jsonPath
    .optional()
    .describe('JSONPath into the body; on its own it matches any value that is not null, false or empty'),
  is: z
    .union([scalar, z.array(scalar).min(1)], { error: 'expected a value or a list of values' })
    .optional()
    .describe('value, or list of values, one of which the path must select'),
  contains: z.string().min(1).optional().describe('text that the selected text must contain'),
}
export const itemTest = z.strictObject({
  ...bodyTest,
  path: jsonPath.describe('JSONPath, relative to the item'),
})
export const answerTest = {
  status: statuses.optional().describe('statuses that match; default: any'),
  ...bodyTest,
}

const errorCodes = [
  'not_found',
  'denied',
  'conflict',
  'throttled',
  'unavailable',
  'invalid',
  'quota',
] as const
const errorRule = z.strictObject({
  ...answerTest,
  code: z.enum(errorCodes).describe('error that such a response means'),
})
export const verdictRule = z.strictObject({
  ...answerTest,
  verdict: z
    .enum(['accepted', 'rejected', 'unknown'])
    .describe('verdict on the key that such a response gives'),
  mayHaveBilled: z.boolean().optional().describe('the service did real work for the probe: raises an alarm'),
})
const answerTestObject = z.strictObject(answerTest)
export type BodyTestOptions = z.output<typeof answerTestObject>
export type ErrorRule = z.output<typeof errorRule>

export const bareRequest = {
  request: z
    .string()
    .max(2000)
    .regex(/^(GET|POST|PUT|PATCH|DELETE) \S+(\s*\S+)*$/, 'expected a method and a path, e.g. POST /v1/keys')
    .describe('method and path below `base`, or a full URL; template outputs are percent-encoded'),
  query: z.record(z.string(), template).optional().describe('query parameters'),
  headers: z.record(headerName, template).optional().describe('headers in addition to those of `auth`'),
  json: z.json().optional().describe('JSON body; strings in it are templates'),
  form: z.record(z.string(), template).optional().describe('body as a URL-encoded form'),
  multipart: z.record(z.string(), template).optional().describe('body as multipart/form-data'),
  secretInUrl: z
    .literal(true)
    .optional()
    .describe(
      'allow a secret in the URL of this request, if the service has no other way; errors show `[secret]` in its place, ' +
        'but the access logs of the service and of proxies in between show the value',
    ),
}
export const request = {
  ...bareRequest,
  errors: z
    .array(errorRule)
    .max(50)
    .optional()
    .describe('responses whose meaning differs from their status; the first match counts'),
}
const bareOperation = z.strictObject(bareRequest)
export type RequestOptions = z.output<typeof bareOperation>

/** Name of a part of a key, as templates use it. */
export const partName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the name of a part, e.g. value')

export const partPaths = z.record(partName, jsonPath)
