/* Files with keys that sign documents. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { quoteWord } from '../contracts/shell-word.ts'
import { ServiceError } from '../service/context.ts'

const OWNER_ONLY = 0o600
const OF_OTHERS = 0o077
const MAX_BYTES = 1024 ** 2

/** Writes a new key and, beside it, `<file>.pub`. Neither may exist yet. */
export function makeSigningKey(file: string): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const parts = [
    { path: file, mode: OWNER_ONLY, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
    { path: `${file}.pub`, mode: 0o644, pem: publicKey.export({ type: 'spki', format: 'pem' }) },
  ]
  for (const { path, mode, pem } of parts)
    readOr(path, 'cannot be made', () => writeFileSync(path, pem, { flag: 'wx', mode }))
  return publicKey
}

/** @throws ServiceError `refused` for a file that others may read, or that holds no Ed25519 key. */
export function readSigningKey(file: string): { privateKey: KeyObject; publicKey: KeyObject } {
  const fd = readOr(file, 'cannot be read', () => openSync(file, 'r'))
  try {
    if (process.platform !== 'win32' && (fstatSync(fd).mode & OF_OTHERS) !== 0)
      throw refuse(file, 'can be read by others than its owner', `Run: chmod 600 ${quoteWord(file)}`)
    const privateKey = readOr(file, 'holds no private key in PEM without a password', () =>
      createPrivateKey(readFileSync(fd)),
    )
    if (privateKey.asymmetricKeyType !== 'ed25519') throw refuse(file, 'holds no Ed25519 key')
    return { privateKey, publicKey: createPublicKey(privateKey) }
  } finally {
    closeSync(fd)
  }
}

export function readPublicKey(file: string): KeyObject {
  const key = readOr(file, 'holds no public key in PEM', () => createPublicKey(readFileSync(file)))
  if (key.asymmetricKeyType !== 'ed25519') throw refuse(file, 'holds no Ed25519 key')
  return key
}

/** @throws ServiceError `refused` for what is no JSON. */
export function readDocument(file: string): unknown {
  const bytes = readOr(file, 'cannot be read', () => readFileSync(file))
  if (bytes.length > MAX_BYTES) throw refuse(file, 'is larger than any proof')
  return readOr(file, 'is no JSON document', (): unknown => JSON.parse(bytes.toString()))
}

/** The texts of these errors may quote the file, so only their code is repeated. */
function readOr<T>(file: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw refuse(file, `${what}${code}`)
  }
}

function refuse(file: string, what: string, nextStep = 'See: keyrota prove --help'): ServiceError {
  return new ServiceError('refused', `${file} ${what}`, nextStep)
}
