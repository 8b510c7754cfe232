import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'

export const options = z.strictObject({
  format: z
    .enum(['dotenv', 'docker', 'systemd'])
    .default('dotenv')
    .describe(
      'who reads the file: `dotenv` libraries, `docker run --env-file`, or systemd’s `EnvironmentFile=`; they quote differently',
    ),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('folder that relative paths start from; without it the folder of the config'),
  repository: z
    .enum(['ask', 'ignore'])
    .default('ask')
    .describe(
      'whether the repositories around a file are asked if they track it; such a file is refused, and one of which nobody can tell. `ignore`: nobody is asked',
    ),
  writers: writersOption('tools that sign the file (for `deny`: texts in its comments)'),
  lockWait: durationOption('10s').describe('how long to wait while another Keyrota works on the same file'),
})

export type Options = z.output<typeof options>

export const summary = 'A line of an env file on this machine, replaced in one step'

export const secretIs = 'file'

/** Longest value in bytes: half of what docker's reader takes as one line. */
export const MAX_VALUE_BYTES = 32_768

/**
 * Prefixes whose variables a bundler puts into what every browser downloads, from the documents of Next.js, Vite,
 * Expo, Create React App, Vue CLI, Gatsby and Nuxt.
 */
const BROWSER_PREFIXES = [
  'NEXT_PUBLIC_',
  'VITE_',
  'EXPO_PUBLIC_',
  'REACT_APP_',
  'VUE_APP_',
  'GATSBY_',
  'NUXT_PUBLIC_',
] as const

/** What is wrong with an address: the file's path, and the names of the variables. */
export function checkAddress(address: SecretAddress): string[] {
  const problems: string[] = []
  const { secret } = address
  if (secret === '' || secret.includes('\0') || secret.length > 4096 || /(^|\/)\.{0,2}$/.test(secret))
    problems.push('the secret must be the path of a file')
  return [...problems, ...checkFields(address.fields, { whole, checkName: checkFieldName })]
}

const whole = { refused: 'an env file needs `field`, the name of the variable' }

function checkFieldName(field: string): string[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(field))
    return ['a field must be named with letters, digits and `_`, and must not begin with a digit']
  const prefix = BROWSER_PREFIXES.find((candidate) => field.startsWith(candidate))
  if (prefix === undefined) return []
  return [`bundlers ship variables named \`${prefix}…\` to every browser; a key must not be in one`]
}
