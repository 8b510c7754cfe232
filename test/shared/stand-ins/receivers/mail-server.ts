/* An SMTP server that keeps the mails that it gets, by a library of its own. */
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface Mail {
  from: string
  to: string[]
  headers: Map<string, string>
  /** Decoded. */
  text: string
  isEncrypted: boolean
  /** As it came. */
  raw: string
}

export interface MailServer {
  readonly port: number
  readonly mails: Mail[]
  /** Refuses every sender with this status from now on; null: takes them. */
  refuse(status: number | null): void
  close(): Promise<void>
}

export async function startMailServer(options: SMTPServerOptions): Promise<MailServer> {
  const mails: Mail[] = []
  let status: number | null = null
  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    authOptional: true,
    onMailFrom: (_address, _session, done) =>
      status === null ? done() : done(Object.assign(new Error('refused'), { responseCode: status })),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString()
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          ...readMail(raw),
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          isEncrypted: session.secure,
          raw,
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {
    // A client that hangs up because it does not trust the certificate is what some tests are about.
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuse: (next) => {
      status = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function readMail(raw: string): Pick<Mail, 'headers' | 'text'> {
  const end = raw.indexOf('\r\n\r\n')
  const unfolded = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ')
  const headers = new Map(
    unfolded.split('\r\n').map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    }),
  )
  const body = raw.slice(end + 4)
  const encoding = headers.get('content-transfer-encoding')
  if (encoding === '7bit') return { headers, text: body.replaceAll('\r\n', '\n') }
  if (encoding !== 'quoted-printable') throw new Error(`a mail in ${encoding}, which the tests do not read`)
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return { headers, text: Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n') }
}
