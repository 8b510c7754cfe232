/* Who gives a command, as far as this machine says it: what is written down can be no better than that. */

import { userInfo } from 'node:os'

/** From `KEYROTA_PERSON`, else who called sudo, else the user of the process. */
export function namePerson(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.KEYROTA_PERSON?.trim() || env.SUDO_USER?.trim() || nameUser()
  return named.replaceAll(/\p{Cc}/gu, ' ').slice(0, 200)
}

/** A user without a name, as in many containers, is known by its number. */
function nameUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
