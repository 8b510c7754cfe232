/* What a failure of an SMTP server means. Its own text is not repeated: it may quote what was sent. */

import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import type { Options } from './options.ts'

interface Meaning {
  code: ErrorCode
  says: string
  nextStep: string
}

export function toMailError(error: unknown, provider: string, { host }: Options): ProviderError {
  const failure: { code?: unknown; originalCode?: unknown; responseCode?: unknown } = Object(error)
  const { originalCode, code = 'no code', responseCode } = failure
  const status = typeof responseCode === 'number' ? responseCode : undefined
  // Of a failure below SMTP, such as one of TLS, nodemailer keeps the code beside its own.
  const name = String(originalCode ?? code)
  const meaning = meaningOf(name, status)
  const shown = status === undefined ? name : `${name}, ${status}`
  return new ProviderError({
    code: meaning.code,
    provider,
    message: `mail through ${host}: ${meaning.says} (${shown})`,
    effect: 'unknown',
    nextStep: meaning.nextStep,
  })
}

const byCode: Readonly<Record<string, Meaning>> = {
  EAUTH: {
    code: 'denied',
    says: 'the sign-in was refused',
    nextStep: 'Check `signIn`: the user, and the password in the secret that it names.',
  },
  ETLS: {
    code: 'denied',
    says: 'the server offers no encryption that can be used',
    nextStep: 'Use `security: tls` if the server is encrypted from the start, or another port.',
  },
  EENVELOPE: {
    code: 'denied',
    says: 'the server refuses the sender or a receiver',
    nextStep: 'Check `from` and `to`, and whether this server may send for them.',
  },
}

const certificate: Meaning = {
  code: 'denied',
  says: "the server's certificate is not trusted",
  nextStep: 'Check `host` against the name in the certificate; name your own authorities under `ca`.',
}

const refused: Meaning = {
  code: 'invalid',
  says: 'the server refused the message',
  nextStep: 'Look at the log of the mail server.',
}

const down: Meaning = {
  code: 'unavailable',
  says: 'the server cannot be reached or is busy',
  nextStep: 'Check the network path and the state of the mail server.',
}

const CERTIFICATE = /^(ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|CERT_)/

/** A status of 4xx passes by itself (RFC 5321 section 4.2.1), whatever it is about. */
function meaningOf(code: string, status: number | undefined): Meaning {
  if (CERTIFICATE.test(code)) return certificate
  if (status !== undefined && status >= 400 && status < 500) return down
  const known = byCode[code]
  if (known) return known
  return status !== undefined && status >= 500 ? refused : down
}
