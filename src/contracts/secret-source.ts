import { z } from 'zod'
import { configPath } from './config-path.ts'

/** A file below a folder that the environment names: it must not lead out of there. */
const credentialName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@:-]*$/, 'expected the name of a credential: one file name')

/** Where one of Keyrota's own secrets comes from; never the value itself. */
export const secretSource = z
  .union(
    [
      z.strictObject({ env: z.string().min(1).describe('name of an environment variable') }),
      z.strictObject({ file: configPath('path of a file; a trailing newline is dropped') }),
      z.strictObject({
        credential: credentialName.describe('name of a credential of systemd (LoadCredential=)'),
      }),
    ],
    {
      error:
        'a secret never belongs in the config itself: write { env: NAME }, { file: path } or { credential: NAME }',
    },
  )
  .describe('`{ env: NAME }`, `{ file: path }` or `{ credential: NAME }`')

export type SecretSource = z.infer<typeof secretSource>
