/** The sinks of the audit trail. */

import { open } from 'node:fs/promises'
import type { Clock } from '../../../src/contracts/clock.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { Sink } from './audit.ts'
import type { AuditOptions } from './options.ts'

const LIMIT_MS = 10_000

export function openSink(options: AuditOptions, provider: string, clock: Clock): Sink {
  switch (options.to) {
    case 'stdout':
      return { write: (lines) => writeOut(toText(lines)) }
    case 'file':
      return { write: (lines) => append(options.path, toText(lines)) }
    default:
      return { write: (lines) => post(options, provider, clock, toText(lines)) }
  }
}

function toText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

/** Opened each time, so that a file that was rotated away is made anew. */
async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  try {
    await file.appendFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}

async function post(
  { url, token, ca }: Extract<AuditOptions, { to: 'https' }>,
  provider: string,
  clock: Clock,
  body: string,
): Promise<void> {
  const held = token && (await readSecret(token, provider))
  const limit = new AbortController()
  const disarm = clock.after(LIMIT_MS, () => limit.abort())
  try {
    const answer = await sendRequest(
      await withAuthorities({ provider, hosts: [new URL(url).host] }, ca),
      {
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/x-ndjson',
          ...(held ? { authorization: new SecretValue(`Bearer ${held.expose()}`) } : {}),
        },
        body,
      },
      { signal: limit.signal, beforeSend: () => undefined },
    )
    if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
  } finally {
    disarm()
  }
}
