import { z } from 'zod'

/**
 * Options that are paths on this machine. Loading a config makes them absolute, from the folder of the config, so that
 * a path means the same file wherever Keyrota is started.
 */
export const configPaths = z.registry<{ isPath: true }>()

/** A schema for a path; `description` as for any other option. */
export function configPath(description: string): z.ZodString {
  return z.string().min(1).describe(description).register(configPaths, { isPath: true })
}

const isWrittenAsPath = (text: string) => /^(\.{0,2}|~)\//.test(text)
const bareMark = '/./'

/**
 * The path below a folder of a text that is not written as a path; undefined for one that is. Somebody may write a
 * secret itself where the name of its file belongs, so a bare word keeps a mark by which {@link isRepeatableSource} knows it.
 */
export function markBareWord(folder: string, text: string): string | undefined {
  return isWrittenAsPath(text) ? undefined : `${folder}${bareMark}${text}`
}

/** Whether an error may repeat this path: it was written as a path, not as a bare word. */
function isRepeatable(path: string): boolean {
  return isWrittenAsPath(path) && !path.includes(bareMark)
}

const variableName = /^[A-Z_][A-Z0-9_]{0,63}$/
const credentialName = /^[a-z][a-z0-9-]{0,31}$/

/**
 * Whether a place that a secret comes from may be repeated or kept: it has the form of a name. Somebody may have
 * written the secret itself there.
 */
export function isRepeatableSource(
  source: { env: string } | { file: string } | { credential: string },
): boolean {
  if ('env' in source) return variableName.test(source.env)
  return 'file' in source ? isRepeatable(source.file) : credentialName.test(source.credential)
}
