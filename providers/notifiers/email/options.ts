/* Options of notifier `email`. */

import { z } from 'zod'
import { isLoopback } from '../../shared/http/loopback.ts'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'

const addressText = 'expected an address such as team@example.com'
const address = z
  .string({ error: addressText })
  .max(254, addressText)
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, addressText)

const signIn = z.strictObject({
  user: z.string().min(1).max(254).describe('name to sign in with'),
  password: secretSource.describe('where the password comes from'),
})

export const options = z
  .strictObject({
    host: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[::1\]$/, 'expected the name of a host')
      .describe('name of the SMTP server, as in its certificate'),
    port: z.int().min(1).max(65_535).optional().describe('port; by default 587, with `security: tls` 465'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: nothing is sent before the connection is encrypted; `tls`: encrypted from the start; `none`: this machine only',
      ),
    signIn: signIn.optional().describe('if the server wants it'),
    from: address.describe('sender'),
    to: z.array(address).min(1).max(50).describe('receivers'),
    ca: authorities.optional(),
    limit: duration.default('15s').describe('time limit for one message'),
  })
  .refine(({ host, security }) => security !== 'none' || isLoopback(host), {
    path: ['security'],
    error: '`none` is for this machine only',
  })

export type Options = z.output<typeof options>

export const summary = 'Mail by SMTP, over verified TLS'
