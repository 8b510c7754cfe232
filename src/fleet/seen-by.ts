/** Whose values a person has seen: when somebody leaves, these keys are replaced. */
import { isSamePerson } from '../contracts/person.ts'
import type { KeyRecord } from '../contracts/record.ts'

/** Whether this person has seen the value in use, or that of a rotation that runs. */
export function isSeenBy(record: KeyRecord, person: string): boolean {
  return peopleIn(record).some((one) => isSamePerson(one, person))
}

/** Who has seen one of these values. */
export function peopleIn({ current, rotation }: KeyRecord): string[] {
  return [...(current?.seenBy ?? []), ...(rotation?.attempts ?? []).flatMap(({ seenBy }) => seenBy ?? [])]
}
