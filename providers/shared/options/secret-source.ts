import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { configPath, isRepeatable } from '../../../src/contracts/config-path.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'

/** Where one of Keyrota's own secrets comes from; never the value itself. */
export const secretSource = z
  .union(
    [
      z.strictObject({ env: z.string().min(1).describe('name of an environment variable') }),
      z.strictObject({ file: configPath('path of a file; a trailing newline is dropped') }),
    ],
    { error: 'a secret never belongs in the config itself: write { env: NAME } or { file: path }' },
  )
  .describe('`{ env: NAME }` or `{ file: path }`')

export type SecretSource = z.infer<typeof secretSource>

/**
 * Reads the secret afresh at each call, so that a renewed token file is picked up.
 * @throws ProviderError `invalid` when the variable or the file is absent or empty.
 */
export async function readSecret(source: SecretSource, provider: string): Promise<SecretValue> {
  const place = describe(source)
  let text: string
  try {
    text =
      'env' in source
        ? (process.env[source.env] ?? '')
        : (await readFile(source.file, 'utf8')).replace(/\r?\n$/, '')
  } catch (cause) {
    throw new ProviderError({
      code: 'invalid',
      provider,
      message: `cannot read ${place}`,
      effect: 'none',
      cause,
      nextStep: `Make ${place} readable for the user that runs Keyrota.`,
    })
  }
  if (text === '') {
    throw new ProviderError({
      code: 'invalid',
      provider,
      message: `${place} is empty or not set`,
      effect: 'none',
      nextStep: `Set ${place}.`,
    })
  }
  return new SecretValue(text)
}

/** Somebody may write the secret itself where its name belongs, so an error repeats only what can be a name. */
function describe(source: SecretSource): string {
  if ('env' in source)
    return /^[A-Z_][A-Z0-9_]{0,63}$/.test(source.env)
      ? `environment variable ${source.env}`
      : 'the environment variable that the config names'
  return isRepeatable(source.file) ? `file ${source.file}` : 'the file that the config names'
}
