/*
 * Signed documents as DSSE envelopes (Dead Simple Signing Envelope, version 1) with Ed25519: the payload is kept byte by
 * byte, so that nothing depends on how JSON is written.
 */

import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { ServiceError } from '../../contracts/errors.ts'

export interface Envelope {
  payloadType: string
  /** Base64. */
  payload: string
  signatures: { keyid: string; sig: string }[]
}

const PROOF_TYPE = 'application/vnd.keyrota.proof+json'

/** Names a public key: `SHA256:` and the base64 of the hash of its DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

export function signProof(text: string, keys: { privateKey: KeyObject; publicKey: KeyObject }): Envelope {
  const payload = Buffer.from(text)
  const sig = sign(null, encode(PROOF_TYPE, payload), keys.privateKey).toString('base64')
  return {
    payloadType: PROOF_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyIdOf(keys.publicKey), sig }],
  }
}

/**
 * Returns the text that this key has signed.
 * @throws ServiceError `refused` for anything else.
 */
export function openProof(envelope: unknown, publicKey: KeyObject): string {
  if (!isEnvelope(envelope)) throw refuse('is no signed proof')
  if (envelope.payloadType !== PROOF_TYPE) throw refuse('is signed, but no proof of a key')
  const payload = Buffer.from(envelope.payload, 'base64')
  const signed = encode(envelope.payloadType, payload)
  const isSigned = envelope.signatures.some(({ sig }) =>
    verify(null, signed, publicKey, Buffer.from(sig, 'base64')),
  )
  if (!isSigned) throw refuse(`is not signed by ${keyIdOf(publicKey)}, or was changed`)
  return payload.toString()
}

function refuse(what: string): ServiceError {
  return new ServiceError(
    'refused',
    `the document ${what}`,
    'Do not rely on it; have a new one made: keyrota prove --help',
  )
}

/** What is signed: type and payload with their lengths, so that neither can be taken for a part of the other. */
function encode(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

function isEnvelope(value: unknown): value is Envelope {
  const { payloadType, payload, signatures } = (value ?? {}) as Partial<Envelope>
  return (
    typeof payloadType === 'string' &&
    typeof payload === 'string' &&
    Array.isArray(signatures) &&
    signatures.every((one) => typeof one?.sig === 'string')
  )
}
