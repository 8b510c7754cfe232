import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** Which file is the config: what was asked for, else `KEYROTA_CONFIG`, else `keyrota.yaml` in this folder. */
export function findConfigPath(about: { asked?: string | undefined; env: Environment }): string {
  return about.asked || about.env.KEYROTA_CONFIG || 'keyrota.yaml'
}

/**
 * Absolute path of the folder for state: `KEYROTA_STATE`, else what the config says (from its own folder), else
 * `keyrota/<installation>` in the user's state folder as the XDG base directory specification has it, which also says
 * to leave a relative `XDG_STATE_HOME` alone.
 */
export function findStateFolder(about: {
  env: Environment
  configured: string | undefined
  configFolder: string
  installation: string
}): string {
  const { env, configured } = about
  if (env.KEYROTA_STATE) return resolve(env.KEYROTA_STATE)
  if (configured !== undefined) return resolve(about.configFolder, configured)
  const base = env.XDG_STATE_HOME
  const stateHome = base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state')
  return join(stateHome, 'keyrota', about.installation)
}
