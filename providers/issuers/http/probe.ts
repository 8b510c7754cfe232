/* Probes a key, and makes the garbage key that is probed beside it. */

import { randomBytes } from 'node:crypto'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { judgeProbe } from './classify.ts'
import { type Api, send } from './operations.ts'
import { partNames } from './parts.ts'
import { scopeOfParts } from './scope.ts'
import { fillValue } from './template.ts'

/** A service that does not respond, or whose token endpoint refuses, says nothing about the key. */
export async function probe(api: Api, material: Material, call: Call): Promise<ProbeAnswer> {
  const { probe: options, publicParts } = api.options
  const vars = api.garbage.has(material) ? (options.garbage?.vars ?? {}) : {}
  try {
    const answer = await send(api, 'probe', options, scopeOfParts(material, publicParts), call, { vars })
    return judgeProbe(options, answer)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code === 'invalid') throw error
    const { retryAfterMs } = error
    return { verdict: 'unknown', why: error.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

/** Returns a value that no issuer has made, in the shape and for the account that the options give. */
export function makeGarbage(api: Api): Material {
  const templates = api.options.probe.garbage?.parts ?? {}
  const made = Object.fromEntries(
    partNames(api.options).map((part) => {
      const random = randomBytes(16).toString('hex')
      const text = fillValue(templates[part] ?? 'keyrota-control-{{ random }}', { random }).value
      return [part, new SecretValue(String(text))]
    }),
  )
  api.garbage.add(made)
  return made
}
