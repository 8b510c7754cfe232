/*
 * A certificate for the sandbox and the authority that signed it, made at the start and kept in memory. The authority
 * signs one certificate and its key is forgotten, so a client that trusts it trusts nothing else.
 *
 * node-forge writes certificates for RSA keys alone; Node makes the keys, many times faster.
 */

import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'

const HOUR_MS = 3_600_000
/** The clock of a client may be behind. */
const EARLIER_MS = HOUR_MS
const LIFETIME_MS = 30 * 24 * HOUR_MS
const MAX_NAMES = 100
const KEY_BITS = 2048

export interface Identity {
  /** The authority's certificate, as PEM: what a client has to trust. */
  ca: string
  /** The server's certificate, as PEM. */
  cert: string
  key: KeyObject
}

class NameError extends Error {
  /** Known trouble, and no fault of this program. */
  readonly code = 'name'
}

/**
 * Makes an authority and a certificate for these names and addresses.
 * @throws NameError for a text that is neither a DNS name nor an IP address, or too many of them
 */
export function makeIdentity(names: readonly string[], nowMs: number): Identity {
  if (names.length > MAX_NAMES) throw new NameError(`a certificate may have ${MAX_NAMES} names at most`)
  const altNames = names.map(toAltName)
  const authority = newKeys()
  const server = newKeys()
  const ca = draftCertificate('Keyrota sandbox authority', authority, nowMs)
  const id = ca.generateSubjectKeyIdentifier().getBytes()
  sign(ca, { by: ca, key: authority.privateKey, id }, [
    // An authority, and of no further authorities.
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true },
  ])
  const cert = draftCertificate('Keyrota sandbox', server, nowMs)
  sign(cert, { by: ca, key: authority.privateKey, id }, [
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames },
  ])
  return { ca: toPem(ca), cert: toPem(cert), key: server.privateKey }
}

interface Keys {
  publicKey: KeyObject
  privateKey: KeyObject
}

function newKeys(): Keys {
  return generateKeyPairSync('rsa', { modulusLength: KEY_BITS })
}

function draftCertificate(commonName: string, { publicKey }: Keys, nowMs: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  )
  // Unlike any other, and without a zero in front, which the encoding forbids.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = new Date(nowMs - EARLIER_MS)
  certificate.validity.notAfter = new Date(nowMs + LIFETIME_MS)
  certificate.setSubject([{ name: 'commonName', value: commonName }])
  return certificate
}

function sign(
  certificate: forge.pki.Certificate,
  { by, key, id }: { by: forge.pki.Certificate; key: KeyObject; id: string },
  extensions: readonly object[],
): void {
  certificate.setIssuer(by.subject.attributes)
  certificate.setExtensions([
    ...extensions,
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: id },
  ])
  const signing = forge.pki.privateKeyFromPem(key.export({ type: 'pkcs1', format: 'pem' }).toString())
  certificate.sign(signing, forge.md.sha256.create())
}

function toPem(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
}

const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** As RFC 5280 numbers the forms of a name. */
function toAltName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  if (isIP(name) !== 0 && !name.includes('%')) return { type: 7, ip: name }
  if (!DNS_NAME.test(name)) throw new NameError(`${JSON.stringify(name)} is no DNS name and no IP address`)
  return { type: 2, value: name.toLowerCase() }
}
