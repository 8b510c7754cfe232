/** Whose a record is: two configs may share a state folder by mistake. */
import { ServiceError } from '../contracts/errors.ts'
import type { KeyRecord } from '../contracts/record.ts'

/** @throws ServiceError `refused` for the record of another installation. */
export function refuseForeign(record: KeyRecord, installation: string): void {
  if (record.installation === installation) return
  throw new ServiceError(
    'refused',
    `${record.key}: ${describeForeign(record, installation)}`,
    'Give each installation a `stateFolder` of its own, or put the former `installation` back into the config.',
  )
}

export function describeForeign(record: KeyRecord, installation: string): string {
  return `the journal's record is of the installation ${record.installation}, and this config is of ${installation}`
}
