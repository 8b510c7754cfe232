/** Goes on with the rotation that runs for a key, and starts none. */
import { type Attended, attend } from '../engine/attend.ts'
import type { Context } from './context.ts'

export function continueRotation(context: Context, name: string): Promise<Attended> {
  return attend(context, name, { takeOver: true, start: () => null })
}
