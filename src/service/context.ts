/** What every verb of the product works with, and how a verb refuses. */
import type { KeyConfig, RotationLimits } from '../contracts/config.ts'
import { ServiceError } from '../contracts/errors.ts'
import type { EngineContext } from '../engine/context.ts'

export { ServiceError } from '../contracts/errors.ts'

export interface Context extends EngineContext {
  limits: RotationLimits
}

/** @throws ServiceError `unknown-key`, naming the keys there are. */
export function keyOf(context: Pick<Context, 'keys'>, name: string): KeyConfig {
  const key = context.keys.get(name)
  if (key) return key
  const names = [...context.keys.keys()].slice(0, 20).join(', ') || 'none'
  throw new ServiceError('unknown-key', `the config has no key ${name}`, `Keys in the config: ${names}.`)
}
