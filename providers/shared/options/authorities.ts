/* Certificate authorities of one's own, as a PEM file that an option names. */

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpSettings } from '../http/client.ts'

export const authorities = z
  .strictObject({ file: configPath('path of a file with certificates in PEM form') })
  .describe('the certificate authorities to trust here instead of the public ones: `{ file: path }`')

export type Authorities = z.output<typeof authorities>

/** The settings with the authorities of the option, read at each request, so that a renewed file is used at once. */
export async function withAuthorities(
  settings: HttpSettings,
  ca: Authorities | undefined,
): Promise<HttpSettings> {
  return ca === undefined ? settings : { ...settings, ca: await readAuthorities(ca, settings.provider) }
}

/**
 * Returns the certificates in this file.
 * @throws ProviderError `invalid` if the file cannot be read or holds none; nothing was sent.
 */
async function readAuthorities({ file: path }: Authorities, provider: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) =>
    new ProviderError({
      code: 'invalid',
      provider,
      message: `the certificate authorities in ${path} ${why}`,
      effect: 'none',
      nextStep: `Make ${path} a readable file with certificates in PEM form.`,
      cause,
    })
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw refuse('cannot be read', cause)
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw refuse('are none: the file holds no certificate')
}
