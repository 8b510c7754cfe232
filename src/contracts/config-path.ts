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
 * secret itself where the name of its file belongs, so a bare word keeps a mark by which {@link isRepeatable} knows it.
 */
export function markBareWord(folder: string, text: string): string | undefined {
  return isWrittenAsPath(text) ? undefined : `${folder}${bareMark}${text}`
}

/** Whether an error may repeat this path: it was written as a path, not as a bare word. */
export function isRepeatable(path: string): boolean {
  return isWrittenAsPath(path) && !path.includes(bareMark)
}
