import { JournalError, ProviderError } from '../../../src/contracts/errors.ts'

/**
 * What the API server refused, as an error of the journal. Nobody can tell what the journal holds while it is not read,
 * so all of it is `unavailable`; the message says what is wrong.
 */
export function toJournalError(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error
  return new JournalError('unavailable', error.message, error.nextStep, error)
}

/** Every try met another writer: somebody changes the object all the time. */
export function toBusyError(key: string): JournalError {
  return new JournalError(
    'unavailable',
    `the ManagedKey of ${key} was changed by somebody else at every try`,
    `Find out who writes it: kubectl get managedkeys -A -o yaml --show-managed-fields`,
  )
}

/** A commit without an answer, after which others have gone on. */
export function toUnknownError(key: string): JournalError {
  return new JournalError(
    'unavailable',
    `whether the last commit of ${key} was written cannot be told: others have changed it since`,
    `Load ${key} again.`,
  )
}

/** A team's object is made by the team alone. */
export function toAbsentError(key: string): JournalError {
  return new JournalError(
    'unavailable',
    `there is no ManagedKey ${key}`,
    `Apply the manifest of ${key} again, or take it for gone.`,
  )
}

/** An object that is not ours stands where that of a config key would be. */
export function toTakenError(key: string, namespace: string): JournalError {
  return new JournalError(
    'unavailable',
    `the ManagedKey ${key} in ${namespace} was made by somebody else, and the config has a key of that name`,
    `Rename one of them, or give the object to the config: kubectl label managedkey ${key} -n ${namespace} keyrota.dev/from=config`,
  )
}
