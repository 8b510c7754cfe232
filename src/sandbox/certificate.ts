/*
 * A certificate for the sandbox and the authority that signed it, made at the start and kept in memory. The authority
 * signs one certificate and its key is forgotten, so a client that trusts it trusts nothing else.
 *
 * Node reads certificates and cannot make them. The libraries that do bring fourteen packages; of a certificate of one
 * form little more than this is needed, and the tests have Node and OpenSSL read it.
 */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import {
  bitString,
  objectId,
  octetString,
  positiveInteger,
  sequence,
  setOf,
  TRUE,
  tagged,
  time,
  utf8String,
} from './der.ts'

const HOUR_MS = 3_600_000
/** The clock of a client may be behind. */
const EARLIER_MS = HOUR_MS
const LIFETIME_MS = 30 * 24 * HOUR_MS
const MAX_NAMES = 100

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))

export interface Identity {
  /** The authority's certificate, as PEM: what a client has to trust. */
  ca: string
  /** The server's certificate, as PEM. */
  cert: string
  key: KeyObject
}

export class NameError extends Error {}

/**
 * Makes an authority and a certificate for these names and addresses.
 * @throws NameError for a text that is neither a DNS name nor an IP address, or too many of them
 */
export function makeIdentity(names: readonly string[], nowMs: number): Identity {
  if (names.length > MAX_NAMES) throw new NameError(`a certificate may have ${MAX_NAMES} names at most`)
  const subjects = names.map(encodeName)
  const authority = newKeys()
  const server = newKeys()
  const issuer = 'Keyrota sandbox authority'
  const ca = signCertificate(authority, {
    issuer,
    subject: issuer,
    publicKey: authority.publicKey,
    nowMs,
    extensions: [
      // An authority, and of no further authorities.
      extension('2.5.29.19', sequence(TRUE, positiveInteger(Buffer.from([0]))), 'critical'),
      // Its key signs certificates (bit 5).
      extension('2.5.29.15', bitString(Buffer.from([0b0000_0100]), 2), 'critical'),
    ],
  })
  const cert = signCertificate(authority, {
    issuer,
    subject: 'Keyrota sandbox',
    publicKey: server.publicKey,
    nowMs,
    extensions: [
      extension('2.5.29.19', sequence(), 'critical'),
      // Its key signs handshakes (bit 0), as a server.
      extension('2.5.29.15', bitString(Buffer.from([0b1000_0000]), 7), 'critical'),
      extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...subjects)),
    ],
  })
  return { ca, cert, key: server.privateKey }
}

interface Keys {
  publicKey: KeyObject
  privateKey: KeyObject
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

interface About {
  issuer: string
  subject: string
  publicKey: KeyObject
  nowMs: number
  extensions: readonly Buffer[]
}

function signCertificate(authority: Keys, about: About): string {
  const { issuer, subject, publicKey, nowMs, extensions } = about
  const own = extension('2.5.29.14', octetString(identify(publicKey)))
  const authoritys = extension('2.5.29.35', sequence(tagged(0, identify(authority.publicKey), 'primitive')))
  const content = sequence(
    tagged(0, positiveInteger(Buffer.from([2])), 'constructed'),
    positiveInteger(newSerial()),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(nowMs - EARLIER_MS), time(nowMs + LIFETIME_MS)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions, own, authoritys), 'constructed'),
  )
  const signature = sign('sha256', content, authority.privateKey)
  return toPem(sequence(content, ecdsaWithSha256, bitString(signature)))
}

/** Unlike any other, and without a zero in front, which the encoding forbids. */
function newSerial(): Buffer {
  return Buffer.concat([Buffer.from([1]), randomBytes(15)])
}

function commonName(name: string): Buffer {
  return sequence(setOf(sequence(objectId('2.5.4.3'), utf8String(name))))
}

function identify(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)
}

function extension(id: string, content: Buffer, weight?: 'critical'): Buffer {
  return sequence(objectId(id), ...(weight ? [TRUE] : []), octetString(content))
}

const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

function encodeName(name: string): Buffer {
  if (isIP(name) !== 0 && !name.includes('%')) return tagged(7, toBytes(name), 'primitive')
  if (!DNS_NAME.test(name)) throw new NameError(`${JSON.stringify(name)} is no DNS name and no IP address`)
  return tagged(2, Buffer.from(name.toLowerCase()), 'primitive')
}

/** The 4 or 16 bytes of an address. */
function toBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  // A URL has it in its shortest form, without dots.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
