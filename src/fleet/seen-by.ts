/** Whose values a person has seen: when somebody leaves, these keys are replaced. */
import { isSamePerson } from '../contracts/person.ts'
import type { KeyRecord } from '../contracts/record.ts'

/** Whether this person has seen the value in use, or that of a rotation that runs. */
export function isSeenBy({ current, rotation }: KeyRecord, person: string): boolean {
  const seen = [
    ...(current?.seenBy ?? []),
    ...(rotation?.attempts ?? []).flatMap(({ seenBy }) => seenBy ?? []),
  ]
  return seen.some((one) => isSamePerson(one, person))
}
