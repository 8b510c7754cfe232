/*
 * What a value is by its shape alone: whether it can be a key, or is in the place of one. A shape has a name and
 * never shows the value. The rules hold wherever a value comes in: adoption, `supply`, creation, reading back.
 */

import { MIN_KEY_LENGTH } from './fingerprint.ts'
import type { Material, SecretValue } from './secret-value.ts'

interface Meaning {
  /** Completes "it holds …" or "it looks like …". */
  is: string
  /**
   * `resolved`: another program makes the key of it, so it is no key and is never written over. `unusable`: no key; a
   * person may have it written over. `doubtful`: may be a key; named when the issuer refuses it.
   */
  kind: 'resolved' | 'unusable' | 'doubtful'
}

const meanings = {
  encrypted: { kind: 'resolved', is: 'an encrypted value' },
  reference: { kind: 'resolved', is: 'a reference that another program resolves' },
  placeholder: { kind: 'unusable', is: 'a placeholder' },
  masked: { kind: 'unusable', is: 'a value that was masked or cut off' },
  'invisible-characters': { kind: 'unusable', is: 'a value with control or invisible characters' },
  'too-short': { kind: 'unusable', is: `a value of fewer than ${MIN_KEY_LENGTH} characters` },
  quoted: { kind: 'doubtful', is: 'a value whose quotes are part of it' },
  padded: { kind: 'doubtful', is: 'a value that begins or ends with white space, such as a line end' },
  pem: { kind: 'doubtful', is: 'a PEM block' },
  json: { kind: 'doubtful', is: 'a JSON text' },
  path: { kind: 'doubtful', is: 'the path of a file' },
  base64: { kind: 'doubtful', is: 'base64 of another text, as if it was encoded twice' },
  spaced: { kind: 'doubtful', is: 'a value with white space in it' },
} as const satisfies Record<string, Meaning>

export type ValueShape = keyof typeof meanings

/** `a placeholder`: the shape in words. */
export function describeShape(shape: ValueShape): string {
  return meanings[shape].is
}

/** Another program makes the key of such a value: writing over it would put the key where nobody expects it. */
export function isResolvedElsewhere(shape: ValueShape | null | undefined): boolean {
  return shape != null && meanings[shape].kind === 'resolved'
}

/** Such a value is a key as far as its shape shows; `null`: the shape shows nothing. */
export function canBeKey(shape: ValueShape | null | undefined): boolean {
  return shape == null || meanings[shape].kind === 'doubtful'
}

// White space, NUL, and characters that print nothing.
const BLANK = '\\s\\0\\u200b-\\u200f\\u2060\\ufeff'
const NOTHING = new RegExp(`^[${BLANK}]*$`)
const NO_VALUE = /^(?:null|undefined|none|nil|nan|<nil>|<null>|\(null\)|<no value>|\[object \w+\])$/i

/** Whether this is no value at all, however it is spelled: a field with it counts as absent, in every store. */
export function isNothing(text: string): boolean {
  return NOTHING.test(text) || NOTHING.test(bare(text)) || NO_VALUE.test(bare(text))
}

/** Whether a part of this key is no value at all. */
export function hasNothing(material: Material): boolean {
  return Object.values(material).some((value) => isNothing(value.expose()))
}

/** The text without blanks and one pair of quotes around it. */
function bare(text: string): string {
  const trimmed = text.replace(new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, 'g'), '')
  const [, , inner] = /^(['"`])(.*)\1$/s.exec(trimmed) ?? []
  return inner ?? trimmed
}

const ENCRYPTED = [
  // SOPS, Jasypt, Spring Cloud Config, dotenvx, Ansible Vault, Vault's transit engine
  /^ENC[[(]/,
  /^\{cipher\}/i,
  /^enc(?:rypted)?:/i,
  /^\$ANSIBLE_VAULT;/,
  /^vault:v\d+:/,
  // PGP, age, CMS; ciphertext of AWS KMS and of OpenSSL
  /^-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED FILE|CMS|PKCS7)-----/,
  /^age-encryption\.org\//,
  /^(?:AQICA|U2FsdGVkX1)[A-Za-z0-9+/]{24,}={0,2}$/,
]

const REFERENCE = [
  // Variables and commands of shells, compose, CI systems and Windows
  /\$\{[^}]*\}/,
  /\$\([^)]*\)/,
  /^\${1,2}[A-Za-z_]\w*$/,
  /^%[A-Za-z_]\w*%$/,
  /^\$env:\w+$/i,
  // Templates, and tokens that a deployment replaces
  /\{\{.*\}\}/s,
  /<%.*%>/s,
  /[#%]\{[^}]+\}/,
  /^(__|@@|##|%%)[\w.-]+\1$/,
  // Names of secrets in stores
  /^(?:op|vault|secrets?|sm|ssm|kms|akv|bws|pass|doppler|infisical|keyvault|secretsmanager|berglas|conjur|akeyless|keyring|keychain|ref\+\w+|(?:aws|gcp|azure)[-\w]*):\/\//i,
  /^(?:op|vault|ssm|akv|sops|env|file|aws-?sm|aws-?ssm|secretsmanager|keyvault):(?!v\d+:)\S/i,
  /^arn:aws[\w-]*:/,
  /^projects\/[^/\s]+\/secrets\//,
  /^https:\/\/[\w-]+\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)\//i,
  /^@Microsoft\.KeyVault\(/i,
  // Tags of YAML, and files that a program is to read
  /^!\w+(?:\s|$)/,
  /^@[./~]/,
]

const PLACEHOLDER = [
  /^<[^<>]+>$/,
  /^\[[a-z][a-z0-9 _-]*\]$/i,
  /^\{[a-z][a-z0-9 _-]*\}$/i,
  /^(?:change|replace|insert|fill|enter|paste|update|fix|set|put|add|edit)[\s_-]*(?:me|this|it|in|here|your|with|the|key|token|secret|value|before|real)(?![a-z])/i,
  /(?:^|[\s_.-])(?:your|my|some|the|an?|example|sample|dummy|fake|test)[\s_.-]+(?:[a-z]+[\s_.-]+)*(?:key|token|secret|password|value)(?:[\s_.-]+(?:goes[\s_.-]+)?here)?$/i,
  /your[\s_.-]?(?:own|real|api|secret|access)?[\s_.-]?(?:key|token|secret|password)/i,
  /^(?:to-?do|tb[ad]|fixme|dummy|example|placeholder|secret|password|passwd|token|api[\s_-]?key|key|test|foo(?:bar)?|bar|n\/a|empty|unset|default|redacted|removed|hidden)$/i,
  // xxxx, 0000, sk-xxxx, and the keys of AWS's own documents
  /^(.)\1*$/s,
  /^(?:\w{1,10}[-_])*(?:[xX]{4,}|0{8,})$/,
  /^[xX]{3,}(?:-[xX]+)+$/,
  /EXAMPLE(?:KEY)?$/,
]

const MASKED = /\*{3,}|[•●]{3,}|\.{3}|…/
// U+FFFD is what a broken decoding leaves.
const INVISIBLE = new RegExp(
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff\ufffd]/,
)

/** The shape of one value; null if it shows nothing against a key. It has to be a value: see `isNothing`. */
export function shapeOf(value: SecretValue): ValueShape | null {
  const text = value.expose()
  const inner = bare(text)
  if (ENCRYPTED.some((pattern) => pattern.test(inner))) return 'encrypted'
  if (!isJsonText(inner) && REFERENCE.some((pattern) => pattern.test(inner))) return 'reference'
  if (MASKED.test(inner)) return 'masked'
  if (PLACEHOLDER.some((pattern) => pattern.test(inner))) return 'placeholder'
  if (INVISIBLE.test(text) || !text.isWellFormed()) return 'invisible-characters'
  if (inner.length < MIN_KEY_LENGTH) return 'too-short'
  return doubtOf(text, inner)
}

function doubtOf(text: string, inner: string): ValueShape | null {
  if (/^-----BEGIN [A-Z0-9 ]+-----/.test(inner)) return 'pem'
  if (isJsonText(inner)) return 'json'
  if (/^(['"`]).*\1$/s.test(text.trim())) return 'quoted'
  if (text.trim() !== text) return 'padded'
  if (/^(?:~|\.{1,2})?(?:\/[\w.-]{2,})+\/?$/.test(text) || /^[A-Za-z]:\\\S+$/.test(text)) return 'path'
  if (isBase64OfText(text)) return 'base64'
  return /\s/.test(text) ? 'spaced' : null
}

function isJsonText(text: string): boolean {
  return /^\{\s*"[\s\S]*\}$|^\[\s*["{[][\s\S]*\]$/.test(text)
}

/** Random bytes hardly ever decode to text, so a value that does was text before. */
function isBase64OfText(text: string): boolean {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false
  return /^[\x20-\x7e]{8,}[\r\n]*$/.test(Buffer.from(text, 'base64').toString('latin1'))
}

/**
 * The first secret part of a key that has a shape, those that cannot be a key before those that may be one. A public
 * part, such as the name of an account, may look like anything.
 */
export function findShape(
  material: Material,
  publicParts: readonly string[] = [],
): { part: string; shape: ValueShape } | null {
  const secret = Object.entries(material).filter(([part]) => !publicParts.includes(part))
  const found = secret.flatMap(([part, value]) => {
    const shape = shapeOf(value)
    return shape ? [{ part, shape }] : []
  })
  return found.find(({ shape }) => !canBeKey(shape)) ?? found[0] ?? null
}

/**
 * What makes this unusable as a new key, in words that complete "the part x …"; null: it can be one. `pasted`: it came
 * through a person's hands, so white space and quotes around it are a slip.
 */
export function explainUnusable(
  material: Material,
  { pasted, publicParts = [] }: { pasted: boolean; publicParts?: readonly string[] | undefined },
): { part: string; says: string } | null {
  for (const [part, value] of Object.entries(material)) {
    const text = value.expose()
    if (isNothing(text)) return { part, says: 'is empty' }
    if (publicParts.includes(part)) continue
    const shape = shapeOf(value)
    if (shape && (!canBeKey(shape) || (pasted && isSlip(shape, text))))
      return { part, says: `is ${describeShape(shape)}` }
  }
  return null
}

function isSlip(shape: ValueShape, text: string): boolean {
  return shape === 'quoted' || /\s/.test(text)
}
