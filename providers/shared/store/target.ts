import { ProviderError } from '../../../src/contracts/errors.ts'

/**
 * To be called by a store's verbs before they send anything.
 * @throws ProviderError `invalid`, effect none, naming the first problem that the store's `checkAddress` found.
 */
export function requireAddress(provider: string, problems: readonly string[]): void {
  const [problem] = problems
  if (problem === undefined) return
  throw new ProviderError({
    code: 'invalid',
    provider,
    message: problem,
    effect: 'none',
    nextStep: 'Correct the target in the config.',
  })
}
