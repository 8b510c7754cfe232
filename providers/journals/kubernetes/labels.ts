/*
 * Labels by which the server finds the objects that name a fingerprint or a finished rotation. They promise nothing: every
 * object that is found is looked into. But none may be missing, so a label is written before the status that needs it.
 */
import { createHash } from 'node:crypto'
import { fingerprintsIn } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'

const FINGERPRINT = 'keyrota.dev/fp-'
const FINISHED = 'keyrota.dev/end-'
/** Instead of labels of single fingerprints where there are too many; such an object is looked into at each question. */
export const MANY_LABEL = 'keyrota.dev/many-fingerprints'
const MAX_FINGERPRINTS = 100

export type Labels = Readonly<Record<string, string>>

/** The label of a fingerprint: its digits, or digits of its hash where it has several parts. */
export function fingerprintLabel(fingerprint: string): string {
  const isPlain = /^[0-9a-f]{16}$/.test(fingerprint)
  return FINGERPRINT + (isPlain ? fingerprint : digest(fingerprint))
}

export function finishedLabel(rotation: string): string {
  return FINISHED + digest(rotation)
}

/** All labels of ours that an object of this record and these finished rotations must have. */
export function labelsOf(record: KeyRecord | null, finished: readonly { id: string }[]): Labels {
  const named = record ? fingerprintsIn(record) : []
  const fingerprints = named.length > MAX_FINGERPRINTS ? [MANY_LABEL] : named.map(fingerprintLabel)
  const labels = [...fingerprints, ...finished.map(({ id }) => finishedLabel(id))]
  return Object.fromEntries(labels.map((label) => [label, 'named']))
}

/**
 * The change of the labels before a status is written, so that those of the old and the new status are all there; null
 * when they are. What neither needs is taken away on that occasion.
 */
export function changeLabels(
  present: Labels,
  { before, after }: { before(): Labels; after: Labels },
): Record<string, string | null> | null {
  const missing = Object.keys(after).filter((label) => present[label] === undefined)
  if (missing.length === 0) return null
  const needed = { ...before(), ...after }
  const useless = Object.keys(present).filter((label) => isOurs(label) && !(label in needed))
  return {
    ...Object.fromEntries(useless.map((label) => [label, null])),
    ...Object.fromEntries(missing.map((label) => [label, 'named'])),
  }
}

function isOurs(label: string): boolean {
  return label.startsWith(FINGERPRINT) || label.startsWith(FINISHED) || label === MANY_LABEL
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
