/** Which ConfigMap a shared document lies in, and what one that was read holds. */
import { createHash } from 'node:crypto'
import type { Document, DocumentId } from '../../../src/contracts/documents.ts'
import { JournalError } from '../../../src/contracts/errors.ts'
import type { ConfigMapObject } from './config-maps.ts'

/** The kind of the document. */
export const DOCUMENT_LABEL = 'keyrota.dev/document'
/** Whose it is: several installations may share a namespace. */
const INSTALLATION_LABEL = 'keyrota.dev/installation'

/**
 * For people `keyrota-<installation>-<kind>-<name>`, with hyphens for what the name of an object must not have. The
 * digits tell apart what that makes equal.
 */
export function objectNameOf(installation: string, { kind, name }: DocumentId): string {
  const plain = [kind, name].map((part) => part.replaceAll(/[^a-z0-9]+/g, '-')).join('-')
  const digest = createHash('sha256').update(`${installation}\n${kind}\n${name}`).digest('hex').slice(0, 12)
  return `keyrota-${installation}-${plain}-${digest}`
}

export function selectorOf(installation: string, kind?: string): string {
  return `${INSTALLATION_LABEL}=${installation},${DOCUMENT_LABEL}${kind === undefined ? '' : `=${kind}`}`
}

/** A document as it lies in an object; `version` and `uid` are the server's. */
export interface Found {
  readonly document: Document
  readonly version: string
  readonly uid: string
}

export function makeBody(installation: string, { kind, name, text }: DocumentId & { text: string }) {
  return {
    metadata: {
      name: objectNameOf(installation, { kind, name }),
      labels: {
        'app.kubernetes.io/managed-by': 'keyrota',
        [DOCUMENT_LABEL]: kind,
        [INSTALLATION_LABEL]: installation,
      },
    },
    data: { name, revision: '1', text },
  }
}

/**
 * Null for an object that is on its way out.
 * @throws JournalError `unavailable` for an object of somebody else, `corrupt` for one that was damaged
 */
export function readObject(
  object: ConfigMapObject,
  installation: string,
  expected?: DocumentId,
): Found | null {
  const { metadata, data = {} } = object
  if (metadata.deletionTimestamp !== undefined) return null
  const kind = metadata.labels?.[DOCUMENT_LABEL]
  const isOurs = kind !== undefined && metadata.labels?.[INSTALLATION_LABEL] === installation
  if (!isOurs) throw toForeignError(metadata.name)
  const { name = '', revision = '', text } = data
  const isSame = objectNameOf(installation, { kind, name }) === metadata.name
  const isWhole = isSame && text !== undefined && /^[1-9]\d{0,14}$/.test(revision)
  if (!isWhole || (expected && (expected.kind !== kind || expected.name !== name)))
    throw toDamagedError(metadata.name)
  const document = { kind, name, revision: Number(revision), text }
  return { document, version: metadata.resourceVersion, uid: metadata.uid }
}

function toForeignError(name: string): JournalError {
  return new JournalError(
    'unavailable',
    `the ConfigMap ${name} stands where Keyrota keeps a document, and has not its labels`,
    `Find out who made it (kubectl get configmap ${name} -o yaml --show-managed-fields), then delete it or put the labels ${DOCUMENT_LABEL} and ${INSTALLATION_LABEL} back.`,
  )
}

function toDamagedError(name: string): JournalError {
  return new JournalError(
    'corrupt',
    `the ConfigMap ${name} holds no document as Keyrota writes it`,
    `Restore it from a backup, or delete it if what it holds may be lost: kubectl delete configmap ${name}`,
  )
}

/** An object with a finalizer of somebody else does not go away. */
export function toLeavingError(name: string): JournalError {
  return new JournalError(
    'unavailable',
    `the ConfigMap ${name} is being deleted and does not go away`,
    `Look which finalizer holds it: kubectl get configmap ${name} -o jsonpath='{.metadata.finalizers}'`,
  )
}

export function toContestedError(name: string): JournalError {
  return new JournalError(
    'unavailable',
    `the ConfigMap ${name} was changed by somebody else at every try`,
    `Find out who writes it: kubectl get configmap ${name} -o yaml --show-managed-fields`,
  )
}
