import { createReadStream } from 'node:fs'
import { ConfigError } from '../../contracts/config.ts'

/** Thousands of keys fit into this. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; `keyrota init` writes one',
  ENOTDIR: 'there is no such file; `keyrota init` writes one',
  EACCES: 'the file must not be read by this user',
  EISDIR: 'this is a folder and not a file',
}

/**
 * A config's text. Pipes can be read too, so the limit is on what comes and not on what the file system tells.
 * @throws ConfigError when there is none, it is too long or no UTF-8.
 */
export async function readConfigText(file: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(file)) {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_CONFIG_BYTES) break
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw refuse(file, reasons[code] ?? `the file cannot be read (${code})`)
  }
  requireLength(file, size)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    if (error instanceof TypeError) throw refuse(file, 'the file is not UTF-8 text')
    throw error
  }
}

/** @throws ConfigError for a config of more bytes than {@link MAX_CONFIG_BYTES}. */
export function requireLength(file: string, bytes: number): void {
  if (bytes > MAX_CONFIG_BYTES)
    throw refuse(file, `the config is longer than ${MAX_CONFIG_BYTES / 1024 / 1024} MiB`)
}

function refuse(file: string, message: string): ConfigError {
  return new ConfigError([{ file, line: 1, column: 1, path: '', message }])
}
