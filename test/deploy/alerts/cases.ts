import type { AlertCase } from './case.ts'
import { objectCases } from './cases-of-objects.ts'
import { presenceCases } from './cases-of-presence.ts'
import { rotationCases } from './cases-of-rotations.ts'
import { serveCases } from './cases-of-serve.ts'
import { serveKeyCases } from './cases-of-serve-keys.ts'
import { useCases } from './cases-of-use.ts'

export const alertCases: readonly AlertCase[] = [
  ...objectCases,
  ...rotationCases,
  ...presenceCases,
  ...serveKeyCases,
  ...serveCases,
  ...useCases,
]
