import { createReadStream } from 'node:fs'
import { ConfigError } from '../../contracts/config.ts'

/** Enough for more than ten thousand keys. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'file not found; `keyrota init` writes one',
  ENOTDIR: 'file not found; `keyrota init` writes one',
  EACCES: 'permission denied',
  EISDIR: 'is a folder, not a file',
}

/**
 * Reads the text of a config. It may come from a pipe, so the limit applies to what is read, not to the size of a file.
 * @throws ConfigError if it cannot be read, is too long or is not UTF-8
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
    if (error instanceof TypeError) throw refuse(file, 'is not UTF-8 text')
    throw error
  }
}

/** @throws ConfigError if a config is longer than {@link MAX_CONFIG_BYTES} */
export function requireLength(file: string, bytes: number): void {
  if (bytes > MAX_CONFIG_BYTES)
    throw refuse(file, `the config is longer than ${MAX_CONFIG_BYTES / 1024 / 1024} MiB`)
}

function refuse(file: string, message: string): ConfigError {
  return new ConfigError([{ file, line: 1, column: 1, path: '', message }])
}
