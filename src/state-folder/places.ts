import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** The path of the config: the one asked for, else `KEYROTA_CONFIG`, else `keyrota.yaml` in the working directory. */
export function findConfigPath(about: { asked?: string | undefined; env: Environment }): string {
  return about.asked || about.env.KEYROTA_CONFIG || 'keyrota.yaml'
}

/**
 * The absolute path of the state folder: `KEYROTA_STATE`, else the one configured (relative to the config), else
 * `keyrota/<installation>` in the user's state folder. The XDG base directory specification defines the latter, and
 * also that a relative `XDG_STATE_HOME` is ignored.
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
