/** The names of our own kind of object, as the journal keeps it and the source of declarations reads it. */

export const GROUP = 'keyrota.dev'
export const VERSION = 'v1alpha1'
export const PLURAL = 'managedkeys'
export const KIND = 'ManagedKey'

/** Has the value `config` on the object of a key that the config declares. */
export const FROM_LABEL = 'keyrota.dev/from'

/** Objects of one page of a list; each may have half a MiB. */
export const PAGE = 100
export const PAGE_MAX_BYTES = 128 * 1024 * 1024

export interface ObjectName {
  readonly namespace: string
  readonly name: string
}
