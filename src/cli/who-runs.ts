import { isPersonName } from '../contracts/person.ts'
import { namePerson } from './fleet/person.ts'

/** At whose hands a value comes in, as `seenBy`; empty for what is no name. */
export function whoRuns(): string[] {
  return [namePerson()].filter(isPersonName)
}
