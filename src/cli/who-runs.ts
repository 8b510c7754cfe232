import { userInfo } from 'node:os'
import { isPersonName } from '../contracts/person.ts'

/** The user of this machine at whose hands a value comes in; behind sudo the one who called it. Empty: unknown. */
export function whoRuns(): string[] {
  return [process.env.SUDO_USER || nameOfUser()].filter(isPersonName)
}

/** A container may run as a number without a name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
