import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRepeatableSource } from '../../../src/contracts/config-path.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretSource } from '../../../src/contracts/secret-source.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'

export { type SecretSource, secretSource } from '../../../src/contracts/secret-source.ts'

/**
 * Reads the secret afresh at each call, so that a renewed token file is picked up.
 * @throws ProviderError `invalid` when the variable or the file is absent or empty.
 */
export async function readSecret(source: SecretSource, provider: string): Promise<SecretValue> {
  const place = describe(source)
  const refuse = (message: string, nextStep: string, cause?: unknown) =>
    new ProviderError({
      code: 'invalid',
      provider,
      message,
      effect: 'none',
      nextStep,
      cause,
      isOwnSetUp: true,
    })
  if ('credential' in source && !process.env.CREDENTIALS_DIRECTORY)
    throw refuse(
      `${place} is one of systemd, which did not start this process with any`,
      'Run Keyrota as a unit with LoadCredential=, or name a file or a variable.',
    )
  let text: string
  try {
    text = await readText(source)
  } catch (cause) {
    throw refuse(`cannot read ${place}`, `Make ${place} readable for the user that runs Keyrota.`, cause)
  }
  if (text === '') throw refuse(`${place} is empty or not set`, `Set ${place}.`)
  return new SecretValue(text)
}

async function readText(source: SecretSource): Promise<string> {
  if ('env' in source) return process.env[source.env] ?? ''
  const { CREDENTIALS_DIRECTORY: folder = '' } = process.env
  const path = 'file' in source ? source.file : join(folder, source.credential)
  return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
}

/** Somebody may write the secret itself where its name belongs, so an error repeats only what can be a name. */
function describe(source: SecretSource): string {
  const isName = isRepeatableSource(source)
  if ('env' in source)
    return isName ? `environment variable ${source.env}` : 'the environment variable that the config names'
  if ('credential' in source)
    return isName ? `credential ${source.credential}` : 'the credential that the config names'
  return isName ? `file ${source.file}` : 'the file that the config names'
}
