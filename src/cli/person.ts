/* Who gives a command, as far as this machine says it: what is written down can be no better than that. */

import { userInfo } from 'node:os'
import { isPersonName } from '../contracts/person.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** From `KEYROTA_PERSON`, else who called sudo, else the user of the process. */
export function namePerson(env: Environment = process.env): string {
  const named = findName(env) ?? `uid ${process.getuid?.() ?? 'unknown'}`
  return named.replaceAll(/\p{Cc}/gu, ' ').slice(0, 200)
}

/** At whose hands a value comes in. Empty: nobody who could be asked for by name. */
export function nameHands(env: Environment = process.env): string[] {
  return [findName(env) ?? ''].filter(isPersonName)
}

function findName(env: Environment): string | undefined {
  return env.KEYROTA_PERSON?.trim() || env.SUDO_USER?.trim() || nameUser()
}

/** A user without a name, as in many containers, is known by its number alone. */
function nameUser(): string | undefined {
  try {
    return userInfo().username
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return undefined
  }
}
