import type { PinnedTarget } from '../../contracts/record.ts'
import { nameHoldings, usersAmong } from '../keys/holdings.ts'
import { confirmationOf } from '../words/confirmations.ts'
import type { Question } from '../words/questions.ts'
import { isConfirmed, type Turn } from '../words/turn.ts'

/** What others have to do with the old key. */
export function questionsOfUsers(turn: Turn): Question[] {
  const { old } = turn.rotation
  return old ? [{ ask: 'holders', fingerprint: old.fingerprint, unseen: true }] : []
}

/** Whom the end of the old key would break besides ours, for a deadline that a person declared. */
export function namesOfUsers(turn: Turn): string[] {
  const { old } = turn.rotation
  if (!old) return []
  const users = usersAmong(turn.answers.holders[old.fingerprint])
  return [...users.map((one) => nameHoldings([one])), ...unmanagedFields(turn, old.fingerprint)]
}

/** Fields that hold the key, that no key of the config manages, and of which nobody has said that nothing reads them. */
export function unmanagedFields(turn: Turn, fingerprint: string): string[] {
  const { rotation, answers } = turn
  const { publicParts = [] } = rotation.pin.issuer.traits
  const digits = fingerprint
    .split(',')
    .map((part) => part.split(':'))
    .filter((part) => part.length === 1 || !publicParts.includes(part[0] ?? ''))
    .map((part) => part.at(-1))
  return rotation.pin.targets.flatMap((target) => {
    const reading = answers.targets[target.id]
    if (reading?.is !== 'value') return []
    return Object.entries(reading.beside ?? {})
      .filter(([, one]) => digits.includes(one))
      .map(([field]) => `${secretOf(target)}#${field}`)
      .filter((place) => !isConfirmed(rotation, confirmationOf('unused', place)))
  })
}

function secretOf({ id }: PinnedTarget): string {
  const at = id.lastIndexOf('#')
  return at < 0 ? id : id.slice(0, at)
}
